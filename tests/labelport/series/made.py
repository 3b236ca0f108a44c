"""Media rows made here, tables in memory, and a bucket's life as the builder sees it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.conforming import selected, written_form
from labelport.catalogue.keys import key_bytes, sorted_by_key
from labelport.dataset import UserFile
from labelport.errors import SettingsError
from labelport.options import RuleOptions
from labelport.registry import SERIES_RULES, plugins
from labelport.series.builder import Rebuilt, rebuilt
from labelport.series.contract import RuleContext
from labelport.series.grouping import Grouper, grouper_of
from labelport.series.joining import joiner_of
from labelport.series.plain import media_rows
from labelport.settings import Metadata
from labelport.tables import CLAIMS, FINDINGS, ITEMS, MEDIA, SERIES, TABLES

Row = dict[str, Any]

BATCH_ROWS = 3
"""Few, so that tests of a few rows cross batches."""


def media_row(key: str, kind: str = "image", *, token: str = "t1", status: str = "ok", **more: Any) -> Row:
    """Return a row of media, as a probe would give it."""
    return {
        "store": "raw",
        "key": key,
        "token": token,
        "size": 1,
        "kind": kind,
        "format": {"image": "png", "video": "mp4", "nifti": "nifti1", "audio": "wav"}.get(kind, kind),
        "status": status,
        "width": 8,
        "height": 6,
        "probe_version": "1",
        **more,
    }


class MemoryTables:
    """Tables in memory, read as a generation is read."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self.tables = {
            name: written_form(sorted_by_key(rows, TABLES[name].key), TABLES[name]) for name, rows in tables.items()
        }
        self.looked_up = 0

    def batches(self, table: str, *, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        rows = self.tables[table].select(selected(TABLES[table], columns).names)
        yield from rows.to_batches(max_chunksize=BATCH_ROWS)

    def lookup(self, table: str, keys: pa.Table, *, columns: Sequence[str] | None = None) -> pa.Table:
        rows, leading = self.tables[table], TABLES[table].key[: len(keys.column_names)]
        self.looked_up += keys.num_rows
        of = len(TABLES[table].key)
        hit = pc.is_in(key_bytes(rows, leading, of=of), value_set=key_bytes(keys, leading, of=of))
        return rows.filter(hit).select(selected(TABLES[table], columns).names)

    def rows(self, table: str) -> list[Row]:
        return [dict(row) for row in self.tables[table].to_pylist()]


def media_tables(rows: Sequence[Row]) -> MemoryTables:
    return MemoryTables({"media": pa.Table.from_pylist(list(rows), schema=MEDIA.schema)})


def grouper(
    *rules: Mapping[str, Any],
    dataset: str = "us",
    key: bytes | None = None,
    files: Mapping[str, str | bytes] | None = None,
    metadata: Mapping[str, Any] | None = None,
    media: Sequence[Row] = (),
) -> Grouper:
    """Return rules as the YAML names them; ``files``: what lies at the paths that they name."""
    known = plugins(SERIES_RULES)
    options: list[RuleOptions] = [known[rule["rule"]].Options(**rule) for rule in rules]

    def read(path: str) -> UserFile:
        try:
            body = (files or {})[path]
        except KeyError:
            raise SettingsError(f"there is no file {path}") from None
        return UserFile(path, "t", body if isinstance(body, bytes) else body.encode())

    joined = None if metadata is None else Metadata(**metadata)
    file = None if joined is None else read(joined.path)
    joiner = joiner_of(joined, file, media_rows(media_tables(media)))
    return grouper_of(options, RuleContext(dataset, key, read), joiner)


def applied(old: MemoryTables | None, result: Rebuilt) -> MemoryTables:
    """Return the tables after what a run found, as the catalogue would have them."""
    gone = _table(result.gone.batches(), pa.schema([SERIES.schema.field("series_id")]))
    gone_too = _table(result.gone_too.batches(), gone.schema)
    lost = _table(result.lost.batches(), pa.schema([CLAIMS.schema.field(name) for name in CLAIMS.key]))
    claims = list(result.claims.batches())
    findings = written_form(_table(result.findings(), FINDINGS.schema), FINDINGS)
    return MemoryTables(
        {
            "series": _updated(old, SERIES.name, result.series(), gone),
            "items": _updated(old, ITEMS.name, result.items(), gone_too),
            "claims": _updated(old, CLAIMS.name, claims, lost),
            "findings": findings,
        }
    )


def built(
    rows: Sequence[Row], rules: Grouper, old: MemoryTables | None = None, *, everything: bool = False
) -> MemoryTables:
    """Return the tables after one run."""
    with rebuilt(media_tables(rows), old, rules, everything=everything) as result:
        return applied(old, result)


def _table(batches: Any, schema: pa.Schema) -> pa.Table:
    plain = [pa.Table.from_batches([batch]) for batch in batches]
    return pa.concat_tables(plain).select(schema.names) if plain else schema.empty_table()


def _updated(old: MemoryTables | None, name: str, upserts: Any, deletes: pa.Table) -> pa.Table:
    table = TABLES[name]
    new = written_form(_table(upserts, table.schema), table)
    if old is None:
        assert deletes.num_rows == 0
        return new
    of = len(table.key)
    gone = key_bytes(deletes, deletes.column_names, of=of) if deletes.num_rows else pa.array([], pa.binary())
    rows = old.tables[name]
    stays = rows.filter(pc.invert(pc.is_in(key_bytes(rows, deletes.column_names, of=of), value_set=gone)))
    stays = stays.filter(pc.invert(pc.is_in(key_bytes(stays, table.key), value_set=key_bytes(new, table.key))))
    return pa.concat_tables([stays, new]).unify_dictionaries()
