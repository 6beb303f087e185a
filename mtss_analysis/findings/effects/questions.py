"""Which interventions and outcomes a run asks about: those of the run file, or all of the data."""

import pandas as pd

from mtss_analysis.errors import DataError
from mtss_analysis.findings.settings import EffectQuestion, Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.show import join_words

CUT_COLUMNS = ("assignment_measure", "cut_score", "treated_side")
"""Columns that say where the cut lies."""
USUAL_MINIMUM_SD = 0.10
"""The smallest effect worth the trouble where the run file names none, a convention of this kit."""


def list_questions(tables: Tables, *, settings: Settings) -> tuple[EffectQuestion, ...]:
    """List the questions about effects.

    Parameters
    ----------
    tables : Tables
        ``interventions``, if there is such a table.
    settings : Settings
        What the run file asks for; ``all_interventions`` where it leaves the choice to the data.

    Returns
    -------
    tuple of EffectQuestion
        Those of the run file; or one for every intervention that has an outcome in its domain. The arm that another
        intervention is compared with is no question of its own.
    """
    if settings.effects or not settings.all_interventions or not tables.has("interventions"):
        return settings.effects
    listed = tables("interventions").drop_duplicates("intervention_id").sort_values("intervention_id")
    names = {str(row["intervention_id"]): str(row["name"]) for _, row in listed.iterrows()}
    compared = listed.get("comparison_id", pd.Series(index=listed.index, dtype="object"))
    comparisons = set(compared.dropna())
    questions = []
    for (_, row), comparison in zip(listed.iterrows(), compared, strict=True):
        outcomes = _find_outcomes(row, settings=settings)
        if not outcomes or str(row["intervention_id"]) in comparisons:
            continue
        against = "" if pd.isna(comparison) else str(comparison)
        questions.append(
            EffectQuestion(
                intervention_id=str(row["intervention_id"]),
                label=str(row["name"]),
                outcomes=outcomes,
                minimum_worthwhile_sd=USUAL_MINIMUM_SD,
                comparison_id=against,
                comparison_label=names.get(against, against),
            )
        )
    return tuple(questions)


def list_random_questions(tables: Tables, *, settings: Settings) -> tuple[EffectQuestion, ...]:
    """List the questions whose two arms chance decided.

    Parameters
    ----------
    tables : Tables
        ``interventions``.
    settings : Settings
        Questions of the run file.

    Returns
    -------
    tuple of EffectQuestion
        Those with a comparison arm whose intervention is declared random or is not in the table.
    """
    asked = [one for one in list_questions(tables, settings=settings) if one.comparison_id]
    if not asked:
        return ()
    try:
        listed = tables("interventions")
    except (DataError, KeyError):
        return tuple(asked)
    other = set(listed.loc[listed["assignment"] != "random", "intervention_id"])
    return tuple(one for one in asked if one.intervention_id not in other)


def say_contradiction(rows: pd.DataFrame) -> str:
    """Say in which way an intervention's rows contradict each other about who took part; empty where they do not.

    Parameters
    ----------
    rows : DataFrame
        Its rows of ``interventions``: one, or one of each district.

    Returns
    -------
    str
        Without a full stop.
    """
    by_cut = len(rows) > 0 and "assignment" in rows and bool((rows["assignment"] == "cut_score").any())
    for column in ("assignment", *(CUT_COLUMNS if by_cut else ())):
        if column not in rows:
            continue
        entries = sorted({"nothing" if pd.isna(entry) else f"“{entry}”" for entry in rows[column]})
        if len(entries) > 1:
            return (
                f"the interventions table has it {len(rows)} times and says {join_words(entries)} in its column "
                f"{column}, so who took part, and why, is not one thing"
            )
    return ""


def _find_outcomes(row: pd.Series, *, settings: Settings) -> tuple[str, ...]:
    domain = row.get("domain")
    every = (*settings.indicators, *settings.outcome_measures)
    return tuple(one.measure for one in every if pd.notna(domain) and one.domain == domain)


def write_questions(questions: tuple[EffectQuestion, ...], *, random: tuple[EffectQuestion, ...]) -> pd.DataFrame:
    """Write questions as rows, so that every notebook asks the same.

    Parameters
    ----------
    questions : tuple of EffectQuestion
        In the order of the run file.
    random : tuple of EffectQuestion
        Those whose two arms chance decided.

    Returns
    -------
    DataFrame
        One row per question; outcomes joined by a space; ``is_random``.
    """
    rows = [
        {
            "intervention_id": one.intervention_id,
            "comparison_id": one.comparison_id,
            "label": one.label,
            "comparison_label": one.comparison_label,
            "outcomes": " ".join(one.outcomes),
            "minimum_worthwhile_sd": one.minimum_worthwhile_sd,
            "better": one.better,
            "prior_sd": one.prior_sd,
            "fidelity_criterion_pct": one.fidelity_criterion_pct,
            "staff_hour_cost": one.staff_hour_cost,
            "is_random": one in random,
        }
        for one in questions
    ]
    columns = [
        "intervention_id", "comparison_id", "label", "comparison_label", "outcomes", "minimum_worthwhile_sd", "better",
        "prior_sd", "fidelity_criterion_pct", "staff_hour_cost", "is_random",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"prior_sd": "float64", "staff_hour_cost": "float64", "is_random": "bool"})


def read_questions(frame: pd.DataFrame) -> tuple[EffectQuestion, ...]:
    """Read what :func:`write_questions` wrote.

    Parameters
    ----------
    frame : DataFrame
        One row per question.

    Returns
    -------
    tuple of EffectQuestion
        In its order.
    """
    return tuple(
        EffectQuestion(
            intervention_id=str(row["intervention_id"]),
            comparison_id=str(row["comparison_id"]),
            label=str(row["label"]),
            comparison_label=str(row["comparison_label"]),
            outcomes=tuple(str(row["outcomes"]).split()),
            minimum_worthwhile_sd=float(row["minimum_worthwhile_sd"]),
            better="lower" if row["better"] == "lower" else "higher",
            prior_sd=None if pd.isna(row["prior_sd"]) else float(row["prior_sd"]),
            fidelity_criterion_pct=float(row["fidelity_criterion_pct"]),
            staff_hour_cost=None if pd.isna(row["staff_hour_cost"]) else float(row["staff_hour_cost"]),
        )
        for _, row in frame.iterrows()
    )
