"""The tables: what binds every stage."""

import pyarrow as pa
import pytest

from labelport.tables import FAULTS, STATUSES, TABLES, USABLE, Table


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_says_what_it_means_and_keys_are_never_null(table: Table) -> None:
    for column in table.schema.names:
        assert table.doc(column).endswith((".", "…"))
    for column in (*table.key, *table.version_columns):
        assert column in table.schema.names
    assert all(not table.schema.field(column).nullable for column in table.key)
    assert table.empty().schema.equals(table.schema)


def test_no_table_holds_free_text_of_a_header_that_was_not_asked_for() -> None:
    kept = {field.name for field in TABLES["media"].schema.field("dicom").type}
    forbidden = {"patient_name", "birth_date", "accession_number", "study_date", "physician", "institution", "comments"}
    assert not kept & forbidden


def test_statuses_are_usable_faults_or_no_media() -> None:
    assert set(USABLE) | set(FAULTS) | {"not_media"} == set(STATUSES)
    assert set(USABLE) & set(FAULTS) == {"partial", "truncated"}


def test_times_are_utc() -> None:
    for table in TABLES.values():
        for field in table.schema:
            if pa.types.is_timestamp(field.type):
                assert field.type.tz == "UTC"
