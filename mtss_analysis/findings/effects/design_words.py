"""The words of the chapter for each design, the same everywhere."""

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "randomised": "randomised comparison",
    "discontinuity": "regression discontinuity",
    "weighted": "weighted comparison group",
    "staggered": "staggered difference-in-differences",
    "interrupted": "interrupted series",
    "single_case": "single-case design",
    "descriptive": "description only",
}
EXPLAINED: Mapping[str, str] = {
    "randomised": "chance decided who took part",
    "discontinuity": "students just on one side of the cut score are compared with students just on the other",
    "weighted": "students who took part are compared with others of the same grades and years, weighted to be "
    "like them",
    "staggered": "schools that started are compared with schools that had not started yet",
    "interrupted": "the years after the start are compared with where the years before it pointed",
    "single_case": "each student's intervention phase is compared with the same student's baseline",
    "descriptive": "there is no comparison group",
}
COMPARED: Mapping[str, str] = {
    "randomised": "than those assigned to the comparison",
    "discontinuity": "than comparable students just on the other side of the cut score",
    "weighted": "than comparable students who did not take part",
    "staggered": "than they would have, had their schools changed as the schools did that had not started",
    "interrupted": "than the years before the start pointed to",
    "single_case": "than in their own baseline",
}
METHODS: Mapping[str, str] = {
    "randomised": "difference within school and year of assignment, CR2 by school, Satterthwaite",
    "discontinuity": "local linear regression, bias-corrected, CR2 by school, Satterthwaite",
    "weighted": "entropy balancing with regression adjustment, CR2 by school, Satterthwaite",
    "staggered": "group-time effects against not-yet-treated schools, means of schools and years",
    "interrupted": "segmented regression of yearly means, restricted likelihood with autocorrelation",
    "single_case": "design-comparable effect, restricted maximum likelihood with AR(1) errors",
    "descriptive": "none",
}
"""How each estimate and its standard error are reckoned, for the records and the methods chapter."""


def capitalise(text: str) -> str:
    """Begin with a capital letter and leave the rest as it is."""
    return text[:1].upper() + text[1:]
