"""What Dagster is told of an outcome, a refusal, and an error of the library."""

import dagster as dg
import pytest

from assets.results import check_result, column_schema, told
from labelport.catalogue.outcome import DraftRefused, Outcome, Verdict
from labelport.errors import BucketError
from labelport.tables import INVENTORY, MEDIA

GREEN = Verdict(
    name="removed_share", passed=True, blocking=True, message="0 of 3 objects are gone.", evidence={"share": 0.0}
)
RED = Verdict(
    name="removed_share",
    passed=False,
    blocking=True,
    message="3 of 3 objects are gone.",
    evidence={"share": 1.0, "examples": ["a"]},
)


def outcome(*, changed: bool) -> Outcome:
    return Outcome(
        stage="bucket_inventory", generation="000001-aaaa", folder="folder", content_version="v1", changed=changed,
        rows={"inventory": 3}, counts={"listed": 3}, cost={"seconds": 0.5}, findings={"error": 0, "info": 2}, verdicts=(GREEN,),
    )  # fmt: skip


def previews(_: Outcome) -> dict[str, dg.MetadataValue[str]]:
    return {"largest": dg.MetadataValue.md("a table")}


@pytest.mark.parametrize("changed", [True, False])
def test_a_result_is_always_yielded_with_the_content_version_and_a_preview_only_of_what_changed(changed: bool) -> None:
    [result] = told(lambda: outcome(changed=changed), table=INVENTORY, previews=previews)
    assert isinstance(result, dg.MaterializeResult)
    assert result.data_version == dg.DataVersion("v1")
    assert result.metadata is not None
    assert result.metadata["dagster/row_count"] == 3
    assert ("largest" in result.metadata) is changed
    assert ("unchanged" in result.metadata) is not changed
    assert "labelport/findings_error" not in result.metadata
    assert [check.passed for check in result.check_results or []] == [True]


def test_a_refused_draft_keeps_its_evidence_and_says_how_to_lift_the_guard() -> None:
    def refuse() -> Outcome:
        raise DraftRefused("bucket_inventory", (RED,))

    seen = told(refuse, table=INVENTORY, previews=previews, lift="Launch with allow_removed.")
    check = next(seen)
    assert isinstance(check, dg.AssetCheckResult)
    assert not check.passed
    assert check.metadata["examples"].value == ["a"]
    with pytest.raises(dg.Failure, match=r"3 of 3 objects are gone.*Launch with allow_removed"):
        next(seen)


def test_an_error_of_the_library_is_a_failure_in_its_own_words() -> None:
    def away() -> Outcome:
        raise BucketError("the folder is away: mount it")

    with pytest.raises(dg.Failure, match="the folder is away"):
        list(told(away, table=None, previews=previews))


def test_a_verdict_that_does_not_block_is_a_warning() -> None:
    warning = Verdict(name="complete", passed=False, blocking=False, message="2 errors")
    assert check_result(warning).severity == dg.AssetCheckSeverity.WARN
    assert check_result(RED).severity == dg.AssetCheckSeverity.ERROR


def test_the_column_schema_explains_every_column() -> None:
    columns = {column.name: column for column in column_schema(MEDIA).columns}
    assert set(columns) == set(MEDIA.schema.names)
    assert all(column.description for column in columns.values())
    assert columns["kind"].type == "string"
    assert columns["dicom"].type == "struct"
