"""The schema of the tables."""

import pytest

from mtss_analysis.district import read_schema, table_names
from mtss_analysis.errors import DataError

TABLES_OF_THE_DATA_MODEL = {
    "schools", "enrollments", "screenings", "tiers", "interventions", "services", "progress", "attendance",
    "referrals", "calendar", "staff", "trainings", "training_attendance", "coaching", "walkthroughs",
    "fidelity", "surveys",
}  # fmt: skip


def test_every_table_of_the_data_model_has_a_schema():
    """The kit knows every table whose columns the data model names."""
    assert set(table_names()) >= TABLES_OF_THE_DATA_MODEL


@pytest.mark.parametrize("table", table_names())
def test_key_columns_are_required(table):
    """A row that lacks a part of its key cannot be told from others, so key columns are required."""
    schema = read_schema(table)
    assert set(schema.primary_key) <= set(schema.required_columns)


@pytest.mark.parametrize("table", table_names())
def test_ids_are_text_and_numbers_have_units(table):
    """An id is text whatever it looks like, and a number that is no item score says its unit."""
    for field in read_schema(table).fields:
        if field.name.endswith("_id"):
            assert field.type == "string", field.name
        if field.type == "number":
            assert field.unit, field.name


@pytest.mark.parametrize("table", table_names())
def test_links_lead_to_columns_that_exist(table):
    """A foreign key names columns of its own table and of the table it points to."""
    schema = read_schema(table)
    for key in schema.foreign_keys:
        assert set(key.fields) <= set(schema.column_names)
        assert set(key.reference) <= set(read_schema(key.table).column_names)
        assert len(key.fields) == len(key.reference)


@pytest.mark.parametrize("table", table_names())
def test_what_stands_for_a_person_is_marked(table):
    """Every column that names a student, a staff member or a respondent is marked as personal."""
    people = {
        "student_id",
        "staff_id",
        "teacher_id",
        "provider_id",
        "observer_id",
        "reported_by",
        "response_id",
    }
    for field in read_schema(table).fields:
        assert field.personal or field.name not in people


def test_unknown_table_is_refused_with_the_nearest():
    """A misspelt table name is answered with the table that was meant."""
    with pytest.raises(DataError, match=r"'screening'.*'screenings'"):
        read_schema("screening")
