"""What a run file may hold: its keys, their types, and the run that comes of them."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

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

from mtss_analysis.disclosure.profiles import PROFILES
from mtss_analysis.district.files import is_district_folder
from mtss_analysis.district.schema import read_schema
from mtss_analysis.findings.settings import (
    ClimateSettings,
    Cut,
    EffectQuestion,
    Factor,
    ImplementationSettings,
    Indicator,
    Population,
    QualityLimits,
    Settings,
    StudentGroup,
    TierSettings,
)
from mtss_analysis.findings.trend_settings import ScaleChange, TrendSettings
from mtss_analysis.parameters.nearest import suggest

ALL_SCHOOLS = "all"
OVERVIEWS = ("district", "state")
_QUALITY = QualityLimits()
_TRENDS = TrendSettings()
_TIERS = TierSettings()
_CLIMATE = ClimateSettings()
_IMPLEMENTATION = ImplementationSettings()

Word = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Share = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunFile:
    """A run as the run file asks for it, checked, with all paths absolute.

    Parameters
    ----------
    path : Path
        The run file.
    name : str
        Folder under ``reports``.
    title : str
        Title of every packet.
    data : Path
        A district folder, or a state folder of district folders.
    reports, notebooks_folder : Path
        Where packets go and where notebooks are.
    narratives : Path or None
        Folder of ``<school_id>.md`` files written by evaluators; None where there is none.
    previous : Path or None
        Folder of an earlier run whose packets page one is compared with; None where there is none.
    schools : tuple of str
        Ids of schools, ``<district_id>/<school_id>`` or ``<school_id>``; empty for all.
    notebooks : tuple of str
        Chapters in the order of the packet.
    settings : Settings
        What the findings are asked.
    overviews : tuple of {'district', 'state'}
        Which overviews are made once all schools are asked for.
    notebook_seconds : int
        Time limit of one notebook, seconds.
    memory_limit_mb : int
        Memory that one notebook may allocate, megabytes (2²⁰ bytes); 0 for no limit.
    workers : int
        Processes that work at the same time; 0 for as many as there are processors.
    language : str
        Language of the packets, a BCP 47 tag.
    """

    path: Path
    name: str
    title: str
    data: Path
    reports: Path
    notebooks_folder: Path
    narratives: Path | None
    previous: Path | None
    schools: tuple[str, ...]
    notebooks: tuple[str, ...]
    settings: Settings
    notebook_seconds: int
    memory_limit_mb: int
    workers: int
    language: str
    overviews: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where this run's packets stand."""
        return self.reports / self.name


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CutKeys(_Keys):
    """Where "low" begins: ``score`` or ``state_percentile``, exactly one."""

    score: Finite | None = None
    state_percentile: Annotated[float, Field(gt=0, lt=100, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.score is None) == (self.state_percentile is None):
            msg = "takes either `score` or `state_percentile`, exactly one"
            raise ValueError(msg)
        return self


class IndicatorKeys(_Keys):
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


class GroupKeys(_Keys):
    """One item of ``groups``."""

    column: Annotated[Word, AfterValidator(partial(_check_column, table="enrollments"))]
    label: Word
    focus: Word
    reference: Word
    focus_label: Word
    reference_label: Word


class FactorKeys(_Keys):
    """One item of ``factors``."""

    id: Word
    label: Word
    table: Literal["enrollments", "staff", "services"]
    column: Word
    level: Literal["student", "classroom", "school"]
    bands: tuple[Finite, ...] = ()
    controllable: bool = False
    owner: str = ""
    unit: str = ""
    value_labels: dict[str, str] = Field(default_factory=dict)

    @field_validator("column")
    @classmethod
    def _check_column(cls, written: str, info: ValidationInfo) -> str:
        return _check_column(written, table=info.data["table"]) if "table" in info.data else written

    @field_validator("bands")
    @classmethod
    def _check_bands(cls, bands: tuple[float, ...]) -> tuple[float, ...]:
        if any(lower >= upper for lower, upper in pairwise(bands)):
            msg = "the lower bounds of the bands must ascend, such as [0, 4, 10, 20]"
            raise ValueError(msg)
        return bands


class EffectKeys(_Keys):
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


def _base(info: ValidationInfo) -> Path:
    return Path(info.context["base"]) if info.context is not None else Path()


def _number_of_workers(value: object) -> object:
    return 0 if value == "auto" else value


def _list_of_effects(value: object) -> object:
    return None if value == "auto" else value


def _list_of_schools(value: object) -> object:
    return () if value == ALL_SCHOOLS else value


class LimitKeys(_Keys):
    """The keys under ``limits``."""

    notebook_seconds: Annotated[int, Field(gt=0)] = 300
    memory_limit_mb: Annotated[int, Field(ge=0)] = 4096
    workers: Annotated[int, Field(ge=0), BeforeValidator(_number_of_workers)] = 0


class QualityKeys(_Keys):
    """The keys under ``data_quality``."""

    least_screened_pct: Percent = _QUALITY.least_screened_pct
    least_filled_pct: Percent = _QUALITY.least_filled_pct
    least_reported_pct: Percent = _QUALITY.least_reported_pct
    most_missing_months: Annotated[int, Field(ge=0)] = _QUALITY.most_missing_months
    silent_months: Annotated[int, Field(ge=1)] = _QUALITY.silent_months
    stale_days: Annotated[int, Field(ge=1)] = _QUALITY.stale_days
    false_alarm_rate: Share = _QUALITY.false_alarm_rate


class ClimateKeys(_Keys):
    """The keys under ``climate``."""

    chronic_pct: Annotated[float, Field(gt=0, lt=100, allow_inf_nan=False)] = _CLIMATE.chronic_pct
    least_days: Annotated[int, Field(ge=1)] = _CLIMATE.least_days
    # 34 CFR 300.647(b)(1)(iv): a larger minimum is not presumed reasonable.
    least_cases: Annotated[int, Field(ge=1, le=10)] = _CLIMATE.least_cases
    least_n: Annotated[int, Field(ge=1, le=30)] = _CLIMATE.least_n
    low_answer_pct: Percent = _CLIMATE.low_answer_pct


class ImplementationKeys(_Keys):
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


class TierKeys(_Keys):
    """The keys under ``tiers``."""

    profile: Literal["south_dakota", "ies"] = _TIERS.guide
    domains: tuple[Literal["reading", "math", "behavior", "social_emotional"], ...] = ()
    about_points: Percent = _TIERS.about_points
    days_after_screening: Annotated[int, Field(ge=0, le=60)] = _TIERS.days_after_screening
    bridge_days: Annotated[int, Field(ge=0)] = _TIERS.bridge_days

    def to_settings(self) -> TierSettings:
        """Return what these keys ask for."""
        return TierSettings(**self.model_dump(exclude={"profile"}), guide=self.profile)


class ScaleChangeKeys(_Keys):
    """One item of ``changes`` under ``trends``."""

    measure: Word
    school_year: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}$")]
    what: Literal["test", "norm", "cut"]
    linked: bool = False


class TrendKeys(_Keys):
    """The keys under ``trends``."""

    most_at_limit_pct: Percent = _TRENDS.most_at_limit_pct
    changes: tuple[ScaleChangeKeys, ...] = ()

    def to_settings(self) -> TrendSettings:
        """Return what these keys ask for."""
        changes = tuple(ScaleChange(**keys.model_dump()) for keys in self.changes)
        return TrendSettings(most_at_limit_pct=self.most_at_limit_pct, changes=changes)


class RunKeys(_Keys):
    """The keys of a run file."""

    run: Slug
    title: Word
    data: Word
    reports: Word = "../reports"
    notebooks_folder: Word = "../notebooks"
    narratives: Word | None = None
    previous: Word | None = None
    schools: Annotated[tuple[Word, ...], BeforeValidator(_list_of_schools)] = ()
    notebooks: Annotated[tuple[Word, ...], Field(min_length=1)]
    overviews: tuple[Literal["district", "state"], ...] | Literal["auto"] = "auto"
    disclosure: Word = "n10"
    follow: Literal["cohort", "grade"] = "grade"
    student_ids: Literal["district", "state"] = "district"
    compare_with: Literal["auto", "district", "state"] = "auto"
    ci_level: Share = 0.95
    false_discovery_rate: Share = 0.05
    indicators: Annotated[tuple[IndicatorKeys, ...], Field(min_length=1)]
    groups: tuple[GroupKeys, ...] = ()
    factors: tuple[FactorKeys, ...] = ()
    outcome_measures: tuple[IndicatorKeys, ...] = ()
    effects: Annotated[tuple[EffectKeys, ...] | None, BeforeValidator(_list_of_effects)] = None
    data_quality: QualityKeys = QualityKeys()
    tiers: TierKeys = TierKeys()
    climate: ClimateKeys = ClimateKeys()
    implementation: ImplementationKeys = ImplementationKeys()
    trends: TrendKeys = TrendKeys()
    limits: LimitKeys = LimitKeys()
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")] = "en"

    @field_validator("data", "reports", "notebooks_folder", "narratives", "previous")
    @classmethod
    def _check_folder(cls, written: str | None, info: ValidationInfo) -> str | None:
        if written is not None and info.field_name != "reports" and not (_base(info) / written).is_dir():
            msg = f"there is no folder {written}, seen from the run file"
            raise ValueError(msg)
        return written

    @field_validator("notebooks")
    @classmethod
    def _check_notebooks(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        folder = _base(info) / str(info.data.get("notebooks_folder", ""))
        known = sorted(path.stem for path in folder.glob("*.ipynb"))
        unknown = [f"there is no notebook `{name}`{suggest(name, known=known)}" for name in names if name not in known]
        if unknown:
            raise ValueError("; ".join(unknown))
        return names

    @field_validator("overviews")
    @classmethod
    def _check_overviews(cls, names: tuple[str, ...] | str, info: ValidationInfo) -> tuple[str, ...] | str:
        folder = _base(info) / str(info.data.get("notebooks_folder", ""))
        missing = [name for name in names if not (folder / f"{name}_overview.ipynb").is_file()]
        if names != "auto" and missing:
            msg = f"there is no notebook `{missing[0]}_overview`"
            raise ValueError(msg)
        return names

    @field_validator("disclosure")
    @classmethod
    def _check_profile(cls, name: str) -> str:
        if name not in PROFILES:
            msg = f"there is no disclosure profile `{name}`{suggest(name, known=PROFILES)}"
            raise ValueError(msg)
        return name

    @field_validator("notebooks", "schools", "indicators", "outcome_measures", "factors")
    @classmethod
    def _check_repeats(cls, items: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [getattr(item, "measure", getattr(item, "id", item)) for item in items]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"{', '.join(f'`{name}`' for name in twice)} stands there twice"
            raise ValueError(msg)
        return items

    @field_validator("effects")
    @classmethod
    def _check_outcomes(
        cls, effects: tuple[EffectKeys, ...] | None, info: ValidationInfo
    ) -> tuple[EffectKeys, ...] | None:
        if effects and "indicators" in info.data:
            followed = (*info.data["indicators"], *info.data.get("outcome_measures", ()))
            measures = [indicator.measure for indicator in followed]
            unknown = [name for effect in effects for name in effect.outcomes if name not in measures]
            if unknown:
                hint = suggest(unknown[0], known=measures)
                msg = f"the outcome `{unknown[0]}` is no measure of `indicators`{hint}"
                raise ValueError(msg)
        return effects

    def to_run(self, path: Path) -> RunFile:
        """Return the run that these keys ask for; relative paths are taken from the run file's folder."""
        base = path.parent
        return RunFile(
            path=path,
            name=self.run,
            title=self.title,
            data=(base / self.data).resolve(),
            reports=(base / self.reports).resolve(),
            notebooks_folder=(base / self.notebooks_folder).resolve(),
            narratives=None if self.narratives is None else (base / self.narratives).resolve(),
            previous=None if self.previous is None else (base / self.previous).resolve(),
            schools=self.schools,
            notebooks=self.notebooks,
            settings=self._settings((base / self.data).resolve()),
            notebook_seconds=self.limits.notebook_seconds,
            memory_limit_mb=self.limits.memory_limit_mb,
            workers=self.limits.workers,
            language=self.language,
            overviews=self._overviews((base / self.notebooks_folder).resolve()),
        )

    def _overviews(self, notebooks: Path) -> tuple[str, ...]:
        """Return the overviews that are wanted: where none are named, those that there is a notebook for."""
        if self.overviews != "auto":
            return self.overviews
        return tuple(name for name in OVERVIEWS if (notebooks / f"{name}_overview.ipynb").is_file())

    def _settings(self, data: Path) -> Settings:
        of_data: Population = "district" if is_district_folder(data) else "state"
        return Settings(
            indicators=tuple(_indicator(keys) for keys in self.indicators),
            groups=tuple(StudentGroup(**keys.model_dump()) for keys in self.groups),
            factors=tuple(Factor(**keys.model_dump()) for keys in self.factors),
            effects=tuple(EffectQuestion(**keys.model_dump()) for keys in self.effects or ()),
            all_interventions=self.effects is None,
            outcome_measures=tuple(_indicator(keys) for keys in self.outcome_measures),
            follow=self.follow,
            student_ids=self.student_ids,
            ci_level=self.ci_level,
            false_discovery_rate=self.false_discovery_rate,
            profile=self.disclosure,
            population=of_data if self.compare_with == "auto" else self.compare_with,
            quality=QualityLimits(**self.data_quality.model_dump()),
            tiers=self.tiers.to_settings(),
            climate=ClimateSettings(**self.climate.model_dump()),
            implementation=ImplementationSettings(**self.implementation.model_dump()),
            trends=self.trends.to_settings(),
        )


def _indicator(keys: IndicatorKeys) -> Indicator:
    cut = None if keys.cut is None else Cut(**keys.cut.model_dump())
    return Indicator(**keys.model_dump(exclude={"cut"}), cut=cut)
