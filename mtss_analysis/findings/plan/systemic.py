"""Is the root cause of an action systemic: does it go with several trends, or is it there in several schools."""

from collections.abc import Mapping, Sequence

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.evidence import Evidence
from mtss_analysis.findings.plan.verdict import Answer, Verdict
from mtss_analysis.findings.root_causes.cause_incidence import LEAST_TRENDS, read_incidence
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import count_of, join_words

Trends = Mapping[str, tuple[str, ...]]


def list_systemic(
    comparison: FrameReader, *, causes: Sequence[Evidence], district_id: str, settings: Settings
) -> dict[str, tuple[str, ...]]:
    """List the concerning trends with which each cause goes in the school in which it goes with most of them.

    Parameters
    ----------
    comparison : Comparison
        With ``causes``, ``cause_trends`` and ``cause_links``.
    causes : sequence of Evidence
        From :func:`mtss_analysis.findings.plan.evidence.gather_evidence`.
    district_id : str
        The district.
    settings : Settings
        ``causes``, false-discovery rate.

    Returns
    -------
    dict of str to tuple of str
        By cause, the labels of the trends; as the chapter on root causes has them.
    """
    found: dict[str, tuple[str, ...]] = {}
    for school_id in sorted({school for one in causes for school in one.schools()}):
        for row in read_incidence(comparison, district_id=district_id, school_id=school_id, settings=settings):
            labels = tuple(symptom.label for symptom in row.filled)
            if row.present == "yes" and len(labels) > len(found.get(row.cause.id, ())):
                found[row.cause.id] = labels
    return found


def answer_systemic(causes: Sequence[Evidence], *, trends: Trends, asked: bool) -> Answer:
    """Say whether a cause is systemic.

    Parameters
    ----------
    causes : sequence of Evidence
        Those that the action names and that are known.
    trends : mapping of str to tuple of str
        From :func:`list_systemic`.
    asked : bool
        Whether schools could tell of any cause whether it goes with a trend.

    Returns
    -------
    Answer
        Yes: it goes with two or more concerning trends of a school (candidate systemic). Partly: it is found in the
        whole district or in several schools, or goes with one trend. No: it is found in one school only, or in none of
        those of which it can be told, where these are most. Of several causes, the best answer.
    """
    if not causes:
        return Answer(verdict="no", said="It names no root cause that is known.", source="plan")
    return max((_judge(one, trends=trends.get(one.cause_id, ()), asked=asked) for one in causes), key=_score)


def _score(answer: Answer) -> float:
    return answer.score


def _judge(cause: Evidence, *, trends: tuple[str, ...], asked: bool) -> Answer:
    schools = cause.schools()
    label = cause.label[:1].upper() + cause.label[1:]
    if len(trends) >= LEAST_TRENDS:
        said = f"{label} goes with the trends in {join_words(trends)}: a candidate systemic root cause."
        return Answer(verdict="yes", said=said, source="data")
    with_one = f" and goes with the trend in {trends[0]}" if trends else ""
    shared = any(sight.present == "yes" and not sight.school_id and sight.level != "school" for sight in cause.sights)
    if shared or len(schools) > 1:
        where = "in the whole district" if shared else f"in {count_of(len(schools), 'school')}"
        shown = (
            "it is not shown to go with two or more concerning trends"
            if asked
            else "whether it goes with two or more concerning trends, the schools of the data cannot tell"
        )
        said = f"{label} is found {where}{with_one}; {shown}."
        return Answer(verdict="partly", said=said, source="data")
    if schools:
        verdict: Verdict = "partly" if trends else "no"
        return Answer(verdict=verdict, said=f"{label} is found in one school only{with_one}.", source="data")
    if any(sight.present == "no" for sight in cause.sights):
        told = sum(sight.present == "no" for sight in cause.sights if sight.school_id)
        open_ones = sum(sight.present == "cannot tell" for sight in cause.sights if sight.school_id)
        untold = f"; of {count_of(open_ones, 'school')} it cannot be told" if open_ones else ""
        where = f"in none of the {count_of(told, 'school')} of which it can be told" if told else "nowhere"
        said = f"{label} is found {where}{untold}."
        return Answer(verdict="cannot tell" if told < open_ones else "no", said=said, source="data")
    return Answer(verdict="cannot tell", said=f"{label}: the data cannot tell where it is found.", source="data")
