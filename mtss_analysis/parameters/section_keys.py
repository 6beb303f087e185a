"""The keys of a run file's sections: what each may hold."""

from functools import partial
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from mtss_analysis.district.schema import read_schema
from mtss_analysis.findings.plan_settings import QUESTIONS, Cause, PlanSettings
from mtss_analysis.findings.settings import ClimateSettings, ImplementationSettings, QualityLimits, TierSettings
from mtss_analysis.findings.trend_settings import ScaleChange, TrendSettings
from mtss_analysis.measures.factors import ABSENT, DERIVED, PERCENTS
from mtss_analysis.parameters.nearest import suggest

_QUALITY = QualityLimits()
_TRENDS = TrendSettings()
_TIERS = TierSettings()
_CLIMATE = ClimateSettings()
_IMPLEMENTATION = ImplementationSettings()

Word = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Share = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


SHOWN_BY_ITSELF = ("chronic_absence", "referrals", "caseload")
SHOWN_BY_NAME = ("implementation", "fidelity", "factor")
"""What shows a candidate cause in the data: by itself, or with the name of a practice, tier or factor."""


class Keys(BaseModel):
    """Keys of which none is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CutKeys(Keys):
    """Where "low" begins: ``score`` or ``state_percentile``, exactly one."""

    score: Finite | None = None
    state_percentile: Annotated[float, Field(gt=0, lt=100, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.score is None) == (self.state_percentile is None):
            msg = "takes either `score` or `state_percentile`, exactly one"
            raise ValueError(msg)
        return self


class IndicatorKeys(Keys):
    """One item of ``indicators``."""

    measure: Word
    window: Literal["fall", "winter", "spring"]
    domain: Literal["reading", "math", "behavior", "social_emotional"]
    label: Word
    unit: Word
    cut: CutKeys | None = None


def _check_column(written: str, *, table: str) -> str:
    known = read_schema(table).column_names
    if written not in known:
        msg = f"`{table}` has no column `{written}`{suggest(written, known=known)}"
        raise ValueError(msg)
    return written


class GroupKeys(Keys):
    """One item of ``groups``."""

    column: Annotated[Word, AfterValidator(partial(_check_column, table="enrollments"))]
    label: Word
    focus: Word
    reference: Word
    focus_label: Word
    reference_label: Word


class FactorKeys(Keys):
    """One item of ``factors``."""

    id: Word
    label: Word
    table: Literal["enrollments", "staff", "services", "attendance"]
    column: Word
    level: Literal["student", "classroom", "school"]
    bands: Annotated[tuple[Finite, ...], Field(validate_default=True)] = ()
    controllable: bool = False
    owner: str = ""
    unit: str = ""
    value_labels: dict[str, str] = Field(default_factory=dict)
    only: tuple[Word, ...] = ()
    without: str = ""

    @field_validator("column")
    @classmethod
    def _check_column(cls, written: str, info: ValidationInfo) -> str:
        table = info.data.get("table", "")
        if not table or written in DERIVED.get(table, ()):
            return written
        if table == "attendance":
            msg = f"a factor of `attendance` is `{ABSENT}`, the percent of days absent"
            raise ValueError(msg)
        return _check_column(written, table=table)

    @field_validator("only", "without")
    @classmethod
    def _check_services(cls, written: object, info: ValidationInfo) -> object:
        if written and info.data.get("table", "services") != "services":
            msg = "is for factors of the table `services`"
            raise ValueError(msg)
        return written

    @field_validator("bands")
    @classmethod
    def _check_bands(cls, bands: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        if any(lower >= upper for lower, upper in pairwise(bands)):
            msg = "the lower bounds of the bands must ascend, such as [0, 4, 10, 20]"
            raise ValueError(msg)
        if not bands and info.data.get("column") in PERCENTS:
            msg = f"`{info.data['column']}` is a number and needs bands, such as [0, 5, 10, 20]"
            raise ValueError(msg)
        return bands


class EffectKeys(Keys):
    """One item of ``effects``."""

    intervention_id: Word
    label: Word
    outcomes: Annotated[tuple[Word, ...], Field(min_length=1)]
    minimum_worthwhile_sd: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    comparison_id: str = ""
    comparison_label: Annotated[str, Field(validate_default=True)] = ""
    better: Literal["higher", "lower"] = "higher"
    prior_sd: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    fidelity_criterion_pct: Percent = 70.0
    staff_hour_cost: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None

    @field_validator("comparison_label")
    @classmethod
    def _check_comparison(cls, label: str, info: ValidationInfo) -> str:
        if info.data.get("comparison_id") and not label:
            msg = "a comparison_id needs a comparison_label, plural words such as `regular classes`"
            raise ValueError(msg)
        return label


def _number_of_workers(value: object) -> object:
    return 0 if value == "auto" else value


class LimitKeys(Keys):
    """The keys under ``limits``."""

    notebook_seconds: Annotated[int, Field(gt=0)] = 300
    memory_limit_mb: Annotated[int, Field(ge=0)] = 4096
    workers: Annotated[int, Field(ge=0), BeforeValidator(_number_of_workers)] = 0


class QualityKeys(Keys):
    """The keys under ``data_quality``."""

    least_screened_pct: Percent = _QUALITY.least_screened_pct
    least_filled_pct: Percent = _QUALITY.least_filled_pct
    least_reported_pct: Percent = _QUALITY.least_reported_pct
    most_missing_months: Annotated[int, Field(ge=0)] = _QUALITY.most_missing_months
    silent_months: Annotated[int, Field(ge=1)] = _QUALITY.silent_months
    stale_days: Annotated[int, Field(ge=1)] = _QUALITY.stale_days
    false_alarm_rate: Share = _QUALITY.false_alarm_rate


class ClimateKeys(Keys):
    """The keys under ``climate``."""

    chronic_pct: Annotated[float, Field(gt=0, lt=100, allow_inf_nan=False)] = _CLIMATE.chronic_pct
    least_days: Annotated[int, Field(ge=1)] = _CLIMATE.least_days
    # 34 CFR 300.647(b)(1)(iv): a larger minimum is not presumed reasonable.
    least_cases: Annotated[int, Field(ge=1, le=10)] = _CLIMATE.least_cases
    least_n: Annotated[int, Field(ge=1, le=30)] = _CLIMATE.least_n
    low_answer_pct: Percent = _CLIMATE.low_answer_pct


class ImplementationKeys(Keys):
    """The keys under ``implementation``."""

    experience_factor: Word = _IMPLEMENTATION.experience_factor
    least_teachers: Annotated[int, Field(ge=3)] = _IMPLEMENTATION.least_teachers
    weeks_followed: Annotated[int, Field(ge=4, le=52)] = _IMPLEMENTATION.weeks_followed
    longest_break_weeks: Annotated[int, Field(ge=1, le=40)] = _IMPLEMENTATION.longest_break_weeks
    breakdown_error: Share = _IMPLEMENTATION.breakdown_error
    visits_planned: Annotated[int, Field(ge=1)] = _IMPLEMENTATION.visits_planned
    fidelity_criterion_pct: Percent = _IMPLEMENTATION.fidelity_criterion_pct
    days_between_probes: Annotated[int, Field(ge=1)] = _IMPLEMENTATION.days_between_probes
    least_probes: Annotated[int, Field(ge=2)] = _IMPLEMENTATION.least_probes
    least_probe_weeks: Annotated[int, Field(ge=1)] = _IMPLEMENTATION.least_probe_weeks


class TierKeys(Keys):
    """The keys under ``tiers``."""

    profile: Literal["south_dakota", "ies"] = _TIERS.guide
    domains: tuple[Literal["reading", "math", "behavior", "social_emotional"], ...] = ()
    about_points: Percent = _TIERS.about_points
    days_after_screening: Annotated[int, Field(ge=0, le=60)] = _TIERS.days_after_screening
    bridge_days: Annotated[int, Field(ge=0)] = _TIERS.bridge_days

    def to_settings(self) -> TierSettings:
        """Return what these keys ask for."""
        return TierSettings(**self.model_dump(exclude={"profile"}), guide=self.profile)


class ScaleChangeKeys(Keys):
    """One item of ``changes`` under ``trends``."""

    measure: Word
    school_year: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}$")]
    what: Literal["test", "norm", "cut"]
    linked: bool = False


class TrendKeys(Keys):
    """The keys under ``trends``."""

    most_at_limit_pct: Percent = _TRENDS.most_at_limit_pct
    changes: tuple[ScaleChangeKeys, ...] = ()
    less_is_better: tuple[Word, ...] = ()
    no_direction: tuple[Word, ...] = ()

    def to_settings(self) -> TrendSettings:
        """Return what these keys ask for."""
        return TrendSettings(
            most_at_limit_pct=self.most_at_limit_pct,
            changes=tuple(ScaleChange(**keys.model_dump()) for keys in self.changes),
            less_is_better=self.less_is_better,
            no_direction=self.no_direction,
        )


class CauseKeys(Keys):
    """One item of ``causes``."""

    id: Word
    label: Word
    level: Literal["district", "school", "classroom", "student"]
    shown_by: str = ""
    controllable: bool = True
    owner: str = ""

    @field_validator("shown_by")
    @classmethod
    def _check_shown_by(cls, written: str) -> str:
        kind, _, of = written.partition(":")
        if written and not (written in SHOWN_BY_ITSELF or (of and kind in SHOWN_BY_NAME)):
            msg = (
                f"`{written}` is none of {', '.join(SHOWN_BY_ITSELF)}, implementation:<practice>, fidelity:tier<n>, "
                f"factor:<id>{suggest(written, known=[*SHOWN_BY_ITSELF, *SHOWN_BY_NAME])}"
            )
            raise ValueError(msg)
        return written

    def to_cause(self) -> Cause:
        """Return what these keys declare."""
        return Cause(**self.model_dump())


class PlanKeys(Keys):
    """The keys under ``plan``."""

    weights: dict[str, Weight] = Field(default_factory=dict)
    staff_time_times: Annotated[float, Field(gt=1, allow_inf_nan=False)] = PlanSettings().staff_time_times

    @field_validator("weights")
    @classmethod
    def _check_questions(cls, weights: dict[str, float]) -> dict[str, float]:
        unknown = [name for name in weights if name not in QUESTIONS]
        if unknown:
            msg = f"`{unknown[0]}` is none of the seven questions{suggest(unknown[0], known=list(QUESTIONS))}"
            raise ValueError(msg)
        if weights and not any(weights.get(name, 1.0) > 0 for name in QUESTIONS):
            msg = "at least one of the seven questions must weigh more than 0"
            raise ValueError(msg)
        return weights

    def to_settings(self) -> PlanSettings:
        """Return what these keys ask for."""
        return PlanSettings(**self.model_dump())
