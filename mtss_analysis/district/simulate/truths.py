"""The truths that are planted in a simulated district: each can be switched off and has sizes of its own.

Positions count from 0 within the elementary or the middle schools of each attendance zone; a position that a zone
does not have is left out, and ``truth.json`` says where each truth was planted.
"""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from mtss_analysis.district.schema import find_nearest
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.errors import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class CutScoreEffect:
    """(b) ``reading_boost`` is given below the fall cut score of oral reading, and works at the cut.

    ``effect_sd``: effect on the spring score, SD, the same for everybody who takes part (half of it in winter).
    ``uptake_below``, ``uptake_above``: share that takes part on either side; 1 and 0 are a sharp design.
    """

    planted: bool = True
    effect_sd: float = 0.30
    uptake_below: float = 1.0
    uptake_above: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NullIntervention:
    """(c) ``math_catch_up`` is given to the lowest scorers in mathematics and does nothing.

    ``below_sd``: taken in below so many SD under the grade's norm; ``judgement_sd``: SD of the teacher's judgement,
    added to the fall score.
    """

    planted: bool = True
    below_sd: float = -1.0
    judgement_sd: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasedRollout:
    """(d) ``number_talks`` is taken up school by school, at random in time, and works more from year to year.

    ``effects_sd``: effect on the spring score in the first, second … year of use, SD (the last holds on). The fall of
    the first year is untouched; later falls carry the effect of the spring before.
    """

    planted: bool = True
    effects_sd: tuple[float, ...] = (0.15, 0.25, 0.30)


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomisedEffect:
    """(e) ``word_groups`` against ``word_usual``, by lot within each school, every year anew.

    ``effect_sd``: effect on the spring score, SD. ``unit``: what the lot decides on.
    """

    planted: bool = True
    effect_sd: float = 0.20
    unit: Literal["student", "classroom"] = "student"


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleCases:
    """(f) Check-in/check-out for a few students a school, with phases A and B and staggered baselines.

    ``cases``: students a school. ``change_sd``: change of level with phase B, in SD of the points within a case.
    ``autocorrelation``: of neighbouring points.
    """

    planted: bool = True
    cases: int = 4
    change_sd: float = 1.5
    autocorrelation: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpsonReversal:
    """(g) Every group rises in reading while the school falls, because more students are disadvantaged.

    ``share_by_year``: share of economically disadvantaged students (the last holds on). ``gap_sd``: gap in reading at
    this school. ``rise_sd``: rise of every group, SD a year.
    """

    planted: bool = True
    elementary: tuple[int, ...] = (3,)
    share_by_year: tuple[float, ...] = (0.15, 0.50, 0.75)
    gap_sd: float = 1.2
    rise_sd: float = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionChange:
    """(h) More students are disadvantaged from year to year, and no group's performance changes.

    ``share_by_year`` and ``gap_sd`` as in :class:`SimpsonReversal`.
    """

    planted: bool = True
    elementary: tuple[int, ...] = (4,)
    share_by_year: tuple[float, ...] = (0.20, 0.50, 0.70)
    gap_sd: float = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedTrend:
    """A slope of a measure in one school: ``slope_sd`` SD a year, in ``grades`` (empty: all of the school)."""

    level: Literal["elementary", "middle"]
    position: int
    measure: str
    slope_sd: float
    grades: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """(i) Promising and concerning trends of known slope in known cells."""

    planted: bool = True
    cells: tuple[PlantedTrend, ...] = (
        PlantedTrend(level="elementary", position=1, measure="reading_scale", slope_sd=0.15),
        PlantedTrend(level="elementary", position=2, measure="math_scale", slope_sd=-0.15),
        PlantedTrend(level="elementary", position=0, measure="reading_scale", slope_sd=-0.20, grades=("4",)),
        PlantedTrend(level="middle", position=1, measure="math_scale", slope_sd=0.20, grades=("7",)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LaggedIndicators:
    """(j) Absence in one window leads the behavior rating of the next, in every school.

    ``absence_log_odds``: SD of a school's shock to the log odds of absence in a window; within a year the shocks of a
    school add up to zero. ``effect_sd``: shift of the next window's rating, SD, for a shock of one SD.
    """

    planted: bool = True
    absence_log_odds: float = 0.35
    effect_sd: float = -0.30


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseOnly:
    """(k) Schools and classrooms do not differ in the social-emotional scale; where switched off, they do."""

    planted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemicCause:
    """(l) A practice is badly implemented in some schools; reading falls and absence rises there.

    ``implementation_shift``: what is added to the probability that the practice is seen implemented.
    ``reading_slope_sd``: SD a year. ``absence_slope``: log odds of absence a year. ``practice`` is a practice of the
    walkthroughs.
    """

    planted: bool = True
    elementary: tuple[int, ...] = (5, 6)
    practice: str = "explicit_instruction"
    implementation_shift: float = -0.35
    reading_slope_sd: float = -0.15
    absence_slope: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlyingClassroom:
    """(l) One classroom, the first of its grade, stands out in reading in every year: ``shift_sd`` SD."""

    planted: bool = True
    elementary: tuple[int, ...] = (7,)
    grade: str = "3"
    shift_sd: float = -0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class LowFidelity:
    """(m) Services are delivered at about ``fidelity_pct`` of the protocol in these schools, elsewhere at 88."""

    planted: bool = True
    elementary: tuple[int, ...] = (0, 7)
    middle: tuple[int, ...] = (2,)
    fidelity_pct: float = 55.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TooSmall:
    """(o) A school of about ``students`` students, and a student group of ``group`` students in another school."""

    planted: bool = True
    elementary: tuple[int, ...] = (8,)
    students: int = 30
    group_elementary: tuple[int, ...] = (0,)
    group: int = 3
    race_ethnicity: str = "native_hawaiian_pacific_islander"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truths:
    """Everything that is planted; each field is a truth with ``planted`` and its sizes."""

    cut_score_effect: CutScoreEffect = field(default_factory=CutScoreEffect)
    null_intervention: NullIntervention = field(default_factory=NullIntervention)
    phased_rollout: PhasedRollout = field(default_factory=PhasedRollout)
    randomised_effect: RandomisedEffect = field(default_factory=RandomisedEffect)
    single_cases: SingleCases = field(default_factory=SingleCases)
    simpson_reversal: SimpsonReversal = field(default_factory=SimpsonReversal)
    composition_change: CompositionChange = field(default_factory=CompositionChange)
    trends: Trends = field(default_factory=Trends)
    lagged_indicators: LaggedIndicators = field(default_factory=LaggedIndicators)
    noise_only: NoiseOnly = field(default_factory=NoiseOnly)
    systemic_cause: SystemicCause = field(default_factory=SystemicCause)
    outlying_classroom: OutlyingClassroom = field(default_factory=OutlyingClassroom)
    low_fidelity: LowFidelity = field(default_factory=LowFidelity)
    too_small: TooSmall = field(default_factory=TooSmall)
    practice: PracticeTruths = field(default_factory=PracticeTruths)

    def without(self, names: tuple[str, ...] | list[str]) -> "Truths":
        """Switch truths off.

        Parameters
        ----------
        names : sequence of str
            Truths by name, such as ``phased_rollout``, or of practice, such as ``breakdown``; ``all`` for every truth.

        Returns
        -------
        Truths
            The same sizes, with ``planted`` false for those.

        Raises
        ------
        ParameterError
            There is no such truth.
        """
        chosen = list(truth_names()) if "all" in names else list(names)
        outcome = self
        for name in chosen:
            outcome = outcome._off(name)
        return outcome

    def _off(self, name: str) -> "Truths":
        own, practice = _switchable(self), _switchable(self.practice)
        if name not in own and name not in practice:
            nearest, names = find_nearest(name, known=truth_names()), ", ".join(truth_names())
            raise ParameterError(
                f"There is no truth {name!r}",
                next_step=f"Write {nearest!r} if that is meant" if nearest else f"Use one of {names}",
            )
        changes: dict[str, Any] = {}
        if name in practice:
            changes["practice"] = replace(self.practice, **{name: replace(practice[name], planted=False)})
        if name in own:
            changes[name] = replace(own[name], planted=False)
        return replace(self, **changes)

    def describe(self) -> dict[str, Any]:
        """Describe every truth for ``truth.json``: whether it is planted, and its sizes."""
        return {
            item.name: asdict(getattr(self, item.name)) if item.name != "practice" else self.practice.describe()
            for item in fields(self)
        }


def truth_names() -> tuple[str, ...]:
    """Name every truth that can be switched off, those of practice last."""
    everything = Truths()
    return tuple(dict.fromkeys([*_switchable(everything), *_switchable(everything.practice)]))


def _switchable(truths: Any) -> dict[str, Any]:  # noqa: ANN401
    values = {item.name: getattr(truths, item.name) for item in fields(truths)}
    return {name: value for name, value in values.items() if hasattr(value, "planted")}
