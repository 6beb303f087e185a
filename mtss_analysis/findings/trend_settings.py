"""What is asked about trends: changes of tests, and from where on growth is not judged."""

from dataclasses import dataclass
from typing import Literal

ScalePart = Literal["test", "norm", "cut"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleChange:
    """A change of a test, of its norms or of its cut score, after which scores do not compare with those before.

    Parameters
    ----------
    measure : str
        Id in ``screenings.measure``.
    school_year : str
        The first year after the change.
    what : {'test', 'norm', 'cut'}
        What changed; a new cut breaks the share below it alone.
    linked : bool
        Whether scores of both sides are declared comparable, so that trends go on.
    """

    measure: str
    school_year: str
    what: ScalePart
    linked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendSettings:
    """What is asked about trends. The default is a convention of this kit, not of a source.

    Parameters
    ----------
    most_at_limit_pct : float
        With more students at an end of a measure's scale, percent, growth is not judged.
    changes : tuple of ScaleChange
        Changes of tests, norms and cut scores.
    less_is_better, no_direction : tuple of str
        Screeners and survey scales of which less is for the better, or whose change is neither; of the others, more is.
    """

    most_at_limit_pct: float = 15.0
    changes: tuple[ScaleChange, ...] = ()
    less_is_better: tuple[str, ...] = ()
    no_direction: tuple[str, ...] = ()
