"""The words for what a search over factors found: a factor, a second one beneath it, a combination of two."""

from mtss_analysis.findings.root_causes.columns import Kind
from mtss_analysis.findings.root_causes.pairs import Leaf
from mtss_analysis.findings.root_causes.results import Drill, FactorResult, Tree
from mtss_analysis.findings.root_causes.splits import Split
from mtss_analysis.findings.settings import Factor
from mtss_analysis.show import (
    format_estimate,
    format_number,
    format_signed,
    format_with_interval,
    join_words,
    likely_between,
    name_grade,
    name_students,
)
from mtss_analysis.stats import Estimate, Interval
from mtss_analysis.stats.held_out import HeldOut

LEAST_TOLD_PCT = 0.05
"""Less than this is printed as nothing."""

NARROW_PCT, LEAST_SHOWN_PCT = 2.0, 0.1
"""Intervals narrower than so many percent are written to a tenth; what lies below a tenth is said to do so."""


def name_category(factor: Factor, value: str) -> str:
    """Name a category by itself: ``0–3 years``, ``grade 3``.

    Parameters
    ----------
    factor : Factor
        Whose category.
    value : str
        The category.

    Returns
    -------
    str
        Words for a table or a figure.
    """
    if factor.table == "enrollments" and factor.column == "grade" and value not in factor.value_labels:
        return name_grade(value)
    return factor.name_value(value)


def name_combination(first: Factor, first_value: str, second: Factor, second_value: str) -> str:
    """Name the students of two categories: ``third-graders taught by teachers with 0–3 years``.

    Parameters
    ----------
    first, second : Factor
        The two factors.
    first_value, second_value : str
        Their categories.

    Returns
    -------
    str
        Plural words of a sentence.
    """
    whom, taught, rest = "students", "", []
    for factor, value in ((first, first_value), (second, second_value)):
        if factor.table == "enrollments" and factor.column == "grade":
            whom = name_students(value)
        elif factor.table == "staff" and not taught:
            taught = f" taught by teachers with {name_category(factor, value)}"
        else:
            rest.append(f"{factor.label}: {name_category(factor, value)}")
    return whom + taught + (f" ({'; '.join(rest)})" if rest else "")


def say_named(drill: Drill, *, population: str, rate: float) -> str:
    """Say in a few sentences what is named of a trend.

    Parameters
    ----------
    drill : Drill
        What the search shows.
    population : {'district', 'state'}
        Whose standard deviations.
    rate : float
        The run's false-discovery rate.

    Returns
    -------
    str
        Empty where nothing is named.
    """
    parts = []
    for one in drill.results:
        said = [say_factor(one, kind, population=population) for kind in one.named_kinds(rate=rate)]
        parts += said
    for kind, tree in drill.trees.items():
        parts.append(_say_tree(tree, kind, drill=drill, population=population, rate=rate))
    return " ".join(part for part in parts if part)


def say_factor(result: FactorResult, kind: Kind, *, population: str) -> str:
    """Say that a factor is named, with its highest and lowest category.

    Parameters
    ----------
    result : FactorResult
        The factor.
    kind : {'level', 'change'}
        Standing, or its change a year.
    population : {'district', 'state'}
        Whose standard deviations.

    Returns
    -------
    str
        One or two sentences.
    """
    label, split = _capital(result.factor.label), result.split
    if result.factor.is_unit:
        share = f": about {_size(split.share)} percent of the spread lies between them" if split.share else ""
        return f"Classrooms of the same grade and year differ more than their students would by chance{share}."
    if kind == "change":
        opening = f"The change from year to year differs with {result.factor.label}"
        foretold = split.change_held_out
        if foretold is not None:
            told = "nothing" if foretold < LEAST_TOLD_PCT else f"{format_estimate(foretold)} percent"
            opening += f" (checked on classrooms left out, it foretells {told} of the spread)"
    else:
        opening = f"{label} goes with standing"
        if split.share is not None:
            within = likely_between(low=split.share.ci_low, high=split.share.ci_high)
            held = f"; checked on classrooms left out: {say_held_share(split)}" if split.held_out is not None else ""
            opening += f": about {_size(split.share)} percent of the spread within a year ({within}{held})"
    ends = _find_ends(result, kind)
    if ends is None:
        return f"{opening}."
    (high, above), (low, below) = ends
    unit = f"{population} standard deviations{' a year' if kind == 'change' else ''}"
    return (
        f"{opening}. Highest: {name_category(result.factor, high)}, {_signed(above)} {unit} "
        f"against the school's average; lowest: {name_category(result.factor, low)}, {_signed(below)}."
    )


def name_leaf(tree: Tree, leaf: Leaf) -> str:
    """Name the students of a combination; see :func:`name_combination`."""
    if tree.second is None:
        return ""
    return name_combination(tree.second.split.first, leaf.first, tree.second.split.second, leaf.second)


def find_extreme_leaf(tree: Tree, *, sign: int) -> Leaf | None:
    """Find the combination furthest on one side whose whole interval lies there.

    Parameters
    ----------
    tree : Tree
        With its combinations.
    sign : {-1, 1}
        Which side.

    Returns
    -------
    Leaf or None
        None where no combination that may be printed is told apart from the average.
    """
    known = [
        (leaf, leaf.value)
        for leaf in tree.leaves
        if leaf.value is not None and (leaf.first, leaf.second) in tree.printable
    ]
    told = [pair for pair in known if (pair[1].ci_low if sign > 0 else -pair[1].ci_high) > 0]
    return max(told, key=lambda pair: sign * pair[1].estimate)[0] if told else None


def _say_tree(tree: Tree, kind: Kind, *, drill: Drill, population: str, rate: float) -> str:
    beneath = [second for second in tree.first.seconds.get(kind, ()) if second.is_named(rate=rate)]
    if not beneath or tree.second is None:
        return ""
    what = "standing" if kind == "level" else "the change"
    added = [one.split.second.label for one in beneath if one.added_q is not None and one.added_q <= rate]
    parts = []
    if added:
        goes = "goes" if len(added) == 1 else "go"
        parts.append(f"With {tree.first.factor.label} held constant, {join_words(added)} still {goes} with {what}.")
    if tree.second.together_q is not None and tree.second.together_q <= rate:
        pair = join_words([tree.first.factor.label, tree.second.split.second.label])
        parts.append(f"Combinations of {pair} depart from what the two say one by one.")
    sign = drill.target.sign
    leaf = find_extreme_leaf(tree, sign=sign)
    if leaf is not None and leaf.value is not None:
        unit = f"{population} standard deviations{' a year' if kind == 'change' else ''}"
        parts.append(
            f"{'Highest' if sign > 0 else 'Lowest'} of the combinations: {name_leaf(tree, leaf)}, "
            f"{_signed(leaf.value)} {unit} against the school's average "
            f"({likely_between(low=leaf.value.ci_low, high=leaf.value.ci_high)})."
        )
        if tree.held_out is not None:
            split = tree.second.split
            of_students = {split.first.level, split.second.level} == {"student"}
            parts.append(say_held_out(tree.held_out, halved="students" if of_students else "teachers", sign=sign))
    return " ".join(parts)


def say_held_out(held: HeldOut, *, halved: str, sign: int) -> str:
    """Say how far what lies furthest in one half lies so in the other half.

    Parameters
    ----------
    held : HeldOut
        Averages over many halvings.
    halved : {'students', 'teachers'}
        What was halved.
    sign : {-1, 1}
        Which side.

    Returns
    -------
    str
        One sentence.
    """
    where, other = ("above", "below") if sign > 0 else ("below", "above")
    found, kept = (
        format_estimate(abs(value), low=abs(value) - 0.05, high=abs(value) + 0.05)
        for value in (held.found, held.held_out)
    )
    return (
        f"Chosen in one half of the {halved}, the {'highest' if sign > 0 else 'lowest'} combination lies {found} "
        f"{where} the average; in the other half it lies {kept} {where if held.held_out >= 0 else other}."
    )


def say_held_share(split: Split) -> str:
    """Say how much of the spread in classrooms left out the others foretell, with the digits of the share.

    Parameters
    ----------
    split : Split
        With or without a share.

    Returns
    -------
    str
        A number of percent; a dash where it cannot be estimated.
    """
    low, high = (split.share.ci_low, split.share.ci_high) if split.share else (None, None)
    return format_estimate(split.held_out, low=low, high=high)


def _find_ends(result: FactorResult, kind: Kind) -> tuple[tuple[str, Estimate], tuple[str, Estimate]] | None:
    known = [
        (one.category, value)
        for one in result.categories()
        if (value := one.value(kind)) is not None and one.category in result.printable
    ]
    if len(known) < 2:
        return None
    return max(known, key=lambda pair: pair[1].estimate), min(known, key=lambda pair: pair[1].estimate)


def _size(share: Interval) -> str:
    return format_estimate(share.estimate, low=share.ci_low, high=share.ci_high)


def _signed(value: Estimate) -> str:
    return format_signed(value.estimate, low=value.ci_low, high=value.ci_high)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def write_share(share: float | None, *, low: float | None, high: float | None) -> str:
    """Write a share of the spread with its interval, to a tenth of a percent at most.

    Parameters
    ----------
    share, low, high : float or None
        Percent; None where it cannot be estimated.

    Returns
    -------
    str
        Such as ``9 (6 to 12)``, ``0.4 (0.2 to 0.7)`` or ``under 0.1``.
    """
    if share is None or low is None or high is None or high - low >= NARROW_PCT:
        return format_with_interval(share, low=low, high=high)
    if high < LEAST_SHOWN_PCT:
        return f"under {LEAST_SHOWN_PCT}"
    numbers = [format_number(one, decimals=1) for one in (share, low, high)]
    return f"{numbers[0]} ({numbers[1]} to {numbers[2]})"
