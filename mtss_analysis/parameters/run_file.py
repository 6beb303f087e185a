"""What a run file may hold: its keys, their types, and the run that comes of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator

from mtss_analysis.disclosure.profiles import PROFILES
from mtss_analysis.district.files import is_district_folder
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
)
from mtss_analysis.parameters.nearest import suggest
from mtss_analysis.parameters.section_keys import (
    CauseKeys,
    ClimateKeys,
    EffectKeys,
    FactorKeys,
    GroupKeys,
    ImplementationKeys,
    IndicatorKeys,
    Keys,
    LimitKeys,
    PlanKeys,
    QualityKeys,
    Share,
    TierKeys,
    TrendKeys,
    Word,
)

ALL_SCHOOLS = "all"
OVERVIEWS = ("district", "state")
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


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


def _base(info: ValidationInfo) -> Path:
    return Path(info.context["base"]) if info.context is not None else Path()


def _list_of_effects(value: object) -> object:
    return None if value == "auto" else value


def _list_of_schools(value: object) -> object:
    return () if value == ALL_SCHOOLS else value


class RunKeys(Keys):
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
    causes: tuple[CauseKeys, ...] = ()
    plan: PlanKeys = PlanKeys()
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

    @field_validator("notebooks", "schools", "indicators", "outcome_measures", "factors", "causes")
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
            causes=tuple(keys.to_cause() for keys in self.causes),
            plan=self.plan.to_settings(),
        )


def _indicator(keys: IndicatorKeys) -> Indicator:
    cut = None if keys.cut is None else Cut(**keys.cut.model_dump())
    return Indicator(**keys.model_dump(exclude={"cut"}), cut=cut)
