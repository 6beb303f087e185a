"""The plan of the simulated district: sound without faults, and with faults spoilt just where truth.json says."""

import pandas as pd
import pytest

PLAN_TABLES = ("goals", "actions", "deliverables", "initiatives", "capacity")
KEYS = {"goals": "goal_id", "actions": "action_id", "deliverables": "deliverable_id", "capacity": "capacity_id"}


def test_at_least_twenty_kinds_of_faults_are_planted(truth):
    """The plan has twenty and more kinds of faults, each with table, row and column."""
    faults = truth["plan"]["faults"]
    assert len({fault["kind"] for fault in faults}) >= 20
    assert {fault["requirement"] for fault in faults} >= {"R31", "R32", "R33", "R34", "R36", "R37", "R38", "R39"}


def test_faults_stand_in_the_tables(district, truth):
    """Every fault names a row that is there and a column of its table; no row is named twice."""
    rows = [(fault["table"], fault["row_id"]) for fault in truth["plan"]["faults"] if fault["row_id"]]
    assert len(rows) == len(set(rows))
    for fault in truth["plan"]["faults"]:
        frame = district[fault["table"]]
        assert fault["column"] in frame.columns
        assert not fault["row_id"] or fault["row_id"] in set(frame[KEYS[fault["table"]]])


def test_only_the_rows_named_differ_from_the_clean_plan(district, clean_plan, truth):
    """Rows that no fault names are the same in the clean plan; rows that a fault names are not."""
    faults = truth["plan"]["faults"]
    for table, key in KEYS.items():
        spoilt, clean = (frame[table].set_index(key) for frame in (district, clean_plan))
        named = {fault["row_id"] for fault in faults if fault["table"] == table and fault["kind"] != "no_deliverable"}
        both = spoilt.index.intersection(clean.index)
        same = (spoilt.loc[both].astype(object).fillna("") == clean.loc[both].astype(object).fillna("")).all(axis=1)
        assert set(both[~same]) == named - {""}, table


def test_clean_plan_has_no_gap(clean_plan):
    """Without faults every goal and action has what the requirements ask for, and no verdict is due."""
    optional = {"school_id", "finding_id", "intervention_id", "spreads_from_school_id", "practice", "depends_on",
                "delivered_on"}  # fmt: skip
    for table in ("goals", "actions", "deliverables"):
        frame = clean_plan[table].drop(columns=[name for name in optional if name in clean_plan[table]])
        assert not frame.isna().any().any(), table
    assert not {"I-page_turners", "I-math_catch_up"} & set(clean_plan["initiatives"]["initiative_id"])


def test_clean_plan_holds_together(clean_plan):
    """Ids lead to rows, actions begin when those before have ended, and deliverables are due while the action runs."""
    goals, actions, deliverables = (clean_plan[name] for name in ("goals", "actions", "deliverables"))
    assert set(actions["goal_id"]) == set(goals["goal_id"])
    assert set(deliverables["action_id"]) == set(actions["action_id"])
    assert (actions["start_date"] < actions["end_date"]).all()
    assert actions["next_check"].between(actions["start_date"], actions["end_date"]).all()
    assert (actions["start_date"] >= goals["planned_on"].iloc[0]).all()
    after = actions.merge(actions, left_on="depends_on", right_on="action_id", suffixes=("", "_before"))
    assert len(after) == actions["depends_on"].notna().sum()
    assert (after["start_date"] > after["end_date_before"]).all()
    due = deliverables.merge(actions, on="action_id")
    assert due["due_date"].between(due["start_date"], due["end_date"]).all()
    assert (actions["cost"] == actions["amount_funded"]).all()
    assert not actions["owner"].str.contains(";").any()


def test_clean_plan_avoids_breaks(clean_plan):
    """Days of the plan's first year on which something is due are school days."""
    calendar = clean_plan["calendar"]
    days = calendar.groupby("date")["instructional"].max()
    for dates in (clean_plan["deliverables"]["due_date"], clean_plan["actions"]["next_check"]):
        known = dates[dates <= days.index.max()]
        assert len(known) > 0
        assert days.reindex(known).astype(bool).all()


def test_clean_plan_fits_the_time_of_its_staff(clean_plan):
    """In every school, role and month the actions take no more than the time that is left."""
    actions, capacity = clean_plan["actions"], clean_plan["capacity"]
    months = capacity["month"].unique()
    running = pd.concat(
        [
            actions.loc[
                (actions["start_date"].dt.strftime("%Y-%m") <= month)
                & (actions["end_date"].dt.strftime("%Y-%m") >= month)
            ].assign(month=month)
            for month in months
        ]
    )
    keys = ["school_id", "staff_role", "month"]
    needed = running.assign(hours=running["staff_hours_per_week"] * 4.35).fillna({"school_id": ""})
    needed = needed.groupby(keys)["hours"].sum().reset_index()
    held = needed.merge(capacity.fillna({"school_id": ""}), on=keys, how="left")
    assert held["hours_available"].notna().all()
    assert (held["hours"] <= held["hours_available"] - held["hours_committed"]).all()


def test_overload_is_in_one_month_of_one_school(district, truth):
    """The planted overload leaves less time than the action named takes, in the month named."""
    fault = next(fault for fault in truth["plan"]["faults"] if fault["kind"] == "overload")
    row = district["capacity"].set_index("capacity_id").loc[fault["row_id"]]
    action = district["actions"].set_index("action_id").loc[fault["also"][0]]
    assert action["staff_role"] == row["staff_role"]
    assert action["staff_hours_per_week"] * 4 > row["hours_available"] - row["hours_committed"]
    assert action["start_date"].strftime("%Y-%m") <= row["month"] <= action["end_date"].strftime("%Y-%m")


def test_baselines_are_what_the_data_say(clean_plan, district):
    """The baseline of a goal on screenings is the spring mean, or share at the cut, of the year before the last."""
    year = sorted(district["schools"]["school_year"].unique())[-2]
    goals = clean_plan["goals"]
    goals = goals.loc[goals["measure"].isin(["reading_scale", "math_scale"]) & (goals["student_group"] == "all")]
    assert len(goals) >= 3
    screenings = district["screenings"]
    spring = screenings.loc[(screenings["school_year"] == year) & (screenings["window"] == "spring")]
    for goal in goals.itertuples():
        rows = spring.loc[spring["measure"] == goal.measure]
        rows = rows if pd.isna(goal.school_id) else rows.loc[rows["school_id"] == goal.school_id]
        values = rows["score"] if goal.statistic == "mean" else 100.0 * (rows["score"] >= rows["cut_score"])
        assert goal.baseline == pytest.approx(values.mean(), abs=0.051), goal.goal_id


def test_initiatives_to_retire_are_named(district, truth):
    """Each of the four tests of an initiative has one that fails it, and names an initiative that is there."""
    verdicts = truth["plan"]["initiatives"]
    assert {verdict["kind"] for verdict in verdicts} == {"redundant", "no_effect", "low_fidelity", "staff_time"}
    assert {verdict["row_id"] for verdict in verdicts} <= set(district["initiatives"]["initiative_id"])
