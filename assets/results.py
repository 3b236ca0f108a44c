"""From an outcome of the library to what Dagster is told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import pyarrow as pa

from labelport.catalogue.outcome import DraftRefused, Outcome, Verdict
from labelport.errors import LabelportError
from labelport.tables import Table

UNCHANGED = "Nothing changed. Tables and pictures stand on the latest materialization that changed something."
"""What stands in place of previews: each of them stays in the event log for ever."""

Told = Iterator[dg.AssetCheckResult | dg.MaterializeResult[Any]]
Previews = Callable[[Outcome], Mapping[str, Any]]


def told(refresh: Callable[[], Outcome], *, table: Table | None, previews: Previews, lift: str = "") -> Told:
    """Run a stage and yield what it came to.

    Always a result with the content version as data version, also when nothing changed: a skipped
    output loses rebuilds after a crash. A refused draft yields its failed checks and raises
    ``dg.Failure``; ``lift`` says which run config lifts the guard for one run.
    """
    try:
        outcome = refresh()
    except DraftRefused as refused:
        for verdict in refused.verdicts:
            yield check_result(verdict)
        raise dg.Failure(
            " ".join(part for part in (str(refused), lift) if part),
            metadata={"labelport/stage": refused.stage},
            allow_retries=False,
        ) from None
    except LabelportError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    shown = dict(previews(outcome)) if outcome.changed else {"unchanged": dg.MetadataValue.text(UNCHANGED)}
    yield dg.MaterializeResult(
        metadata={**shown, **_metadata(outcome, table)},
        data_version=dg.DataVersion(outcome.content_version),
        check_results=[check_result(verdict) for verdict in outcome.verdicts],
    )


def check_result(verdict: Verdict) -> dg.AssetCheckResult:
    """Return a verdict as a check result; one that does not block is a warning."""
    return dg.AssetCheckResult(
        check_name=verdict.name,
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.ERROR if verdict.blocking else dg.AssetCheckSeverity.WARN,
        description=verdict.message,
        metadata={name: _value(value) for name, value in verdict.evidence.items()},
    )


def check_specs(
    key: dg.AssetKey,
    blocking: Sequence[str],
    warning: Sequence[str] = (),
    *,
    described: Mapping[str, str] | None = None,
) -> list[dg.AssetCheckSpec]:
    """Return the specs of the checks that a stage's own step makes; ``described``: what a green one says, by name."""
    words = described or {}
    return [
        *(dg.AssetCheckSpec(name, asset=key, blocking=True, description=words.get(name)) for name in blocking),
        *(dg.AssetCheckSpec(name, asset=key, description=words.get(name)) for name in warning),
    ]


def column_schema(table: Table) -> dg.TableSchema:
    """Return the columns of a table with what they mean."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                field.name,
                type=_type_name(field.type),
                description=table.doc(field.name),
                constraints=dg.TableColumnConstraints(nullable=field.nullable, unique=table.key == (field.name,)),
            )
            for field in table.schema
        ]
    )


def column_lineage(columns: Mapping[str, Sequence[tuple[dg.AssetKey, str]]]) -> dg.TableColumnLineage:
    """Return which columns of which assets each column is made from."""
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(asset_key=key, column_name=source) for key, source in sources]
            for column, sources in columns.items()
        }
    )


def _metadata(outcome: Outcome, table: Table | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "dagster/uri": outcome.folder,
        "labelport/generation": outcome.generation,
        "labelport/content_changed": dg.MetadataValue.bool(outcome.changed),
    }
    if table is not None:
        found["dagster/row_count"] = outcome.rows.get(table.name, 0)
    found |= {f"labelport/{name}": value for name, value in outcome.counts.items()}
    found |= {f"labelport/cost_{name}": value for name, value in outcome.cost.items()}
    found |= {f"labelport/findings_{name}": count for name, count in outcome.findings.items() if count}
    return found


def _value(value: Any) -> dg.MetadataValue[Any]:
    if isinstance(value, bool):
        return dg.MetadataValue.bool(value)
    if isinstance(value, int):
        return dg.MetadataValue.int(value)
    if isinstance(value, float):
        return dg.MetadataValue.float(value)
    if isinstance(value, Mapping | list | tuple):
        return dg.MetadataValue.json(dict(value) if isinstance(value, Mapping) else list(value))
    return dg.MetadataValue.text(str(value))


def _type_name(kind: pa.DataType) -> str:
    """Return a type as people read it: the members of a struct are a page, not a cell."""
    if pa.types.is_dictionary(kind):
        return str(kind.value_type)
    return "struct" if pa.types.is_struct(kind) else str(kind)
