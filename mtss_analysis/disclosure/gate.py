"""The last look at counts before they leave: whatever came before, none under the minimum is published."""

from collections.abc import Iterable

from mtss_analysis.disclosure.profiles import Profile
from mtss_analysis.errors import DisclosureError


def check_counts(counts: Iterable[tuple[str, int | None]], *, profile: Profile) -> None:
    """Refuse to publish a count under the profile's minimum.

    Parameters
    ----------
    counts : iterable of (str, int or None)
        Name of the finding and the number of students that it would publish; None is nothing published.
    profile : Profile
        The disclosure profile.

    Raises
    ------
    DisclosureError
        A count lies under the minimum; the message names the findings and never a count.
    """
    small: dict[str, int] = {}
    for finding, count in counts:
        if count is not None and profile.hides(count):
            small[finding] = small.get(finding, 0) + 1
    if not small:
        return
    named = ", ".join(f"{finding} ({times} times)" if times > 1 else finding for finding, times in small.items())
    raise DisclosureError(
        f"Counts under the minimum of {profile.minimum} students would be published by: {named}",
        next_step="Nothing was published; withhold these counts in the finding that holds them",
    )
