"""What a generation holds, and how ``generation.json`` says it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labelport.catalogue.digest import added
from labelport.catalogue.keys import KeyValues, encoded
from labelport.errors import LabelportError

FORMAT = 1
"""Version of ``generation.json``."""


class GenerationUnreadable(LabelportError, ValueError):
    """A ``generation.json`` that this version cannot read."""


@dataclass(frozen=True)
class Stamp:
    """What a generation was made from, and what came out."""

    inputs: Mapping[str, str]
    """Content version of each stage that was read."""

    code_version: str
    """Version of the stage's code."""

    settings_hash: str
    """Hash of the settings that the stage reads."""

    content_version: str
    """Hash of all tables but ``findings``, and of the files; independent of history."""

    rows: Mapping[str, int]
    """Rows of each table."""

    def equals(self, *, inputs: Mapping[str, str], code_version: str, settings_hash: str) -> bool:
        """Return whether the same inputs, code and settings made it: then nothing is to be done."""
        return (
            dict(self.inputs) == dict(inputs)
            and self.code_version == code_version
            and self.settings_hash == settings_hash
        )


@dataclass(frozen=True)
class FileEntry:
    """A file of a generation."""

    size: int
    """Bytes."""

    sha256: str
    """Hex."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A range of sorted rows in one Parquet file."""

    name: str
    """File name below the table's folder."""

    first_key: KeyValues | None
    """Key of the first row; null where there is none."""

    last_key: KeyValues | None
    """Key of the last row."""

    rows: int

    size: int
    """Bytes of the file."""

    sha256: str
    """Of the file, hex."""

    digest: int
    """Content digest of the rows (``digest.rows_digest``)."""

    first: bytes = field(init=False, repr=False, compare=False)
    """``first_key`` as one sortable value; empty where there is none."""

    last: bytes = field(init=False, repr=False, compare=False)
    """``last_key`` as one sortable value."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", b"" if self.first_key is None else encoded(self.first_key))
        object.__setattr__(self, "last", b"" if self.last_key is None else encoded(self.last_key))


@dataclass(frozen=True)
class TableContents:
    """The shards of one table, in the order of their keys."""

    shards: tuple[Shard, ...]

    digest_columns: tuple[str, ...]
    """Columns that the digests are over."""

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return sum(shard.rows for shard in self.shards)

    @property
    def digest(self) -> int:
        """Return the content digest of all rows."""
        return added(shard.digest for shard in self.shards)


@dataclass(frozen=True, kw_only=True)
class Contents:
    """A whole generation, as ``generation.json`` says it."""

    stage: str
    generation: str
    base: str | None
    """The generation that it replaced."""

    sealed_at: float
    """Seconds since 1970; only collection asks."""

    stamp: Stamp
    extras: Mapping[str, Any]
    tables: Mapping[str, TableContents]
    files: Mapping[str, FileEntry]

    def to_json(self) -> bytes:
        """Return the bytes of ``generation.json``."""
        written = {
            "format": FORMAT,
            "stage": self.stage,
            "generation": self.generation,
            "base": self.base,
            "sealed_at": self.sealed_at,
            "stamp": {
                "inputs": dict(self.stamp.inputs),
                "code_version": self.stamp.code_version,
                "settings_hash": self.stamp.settings_hash,
                "content_version": self.stamp.content_version,
                "rows": dict(self.stamp.rows),
            },
            "extras": dict(self.extras),
            "tables": {name: _table_json(table) for name, table in self.tables.items()},
            "files": {name: {"size": file.size, "sha256": file.sha256} for name, file in self.files.items()},
        }
        return json.dumps(written, indent=1, ensure_ascii=False).encode()


def read_contents(body: bytes, place: str) -> Contents:
    """Return the contents that ``generation.json`` says; raises ``GenerationUnreadable``."""
    try:
        given = json.loads(body)
        if given["format"] != FORMAT:
            raise GenerationUnreadable(
                f"{place} has format {given['format']}, and this version reads {FORMAT}: update Labelport"
            )
        return Contents(
            stage=given["stage"],
            generation=given["generation"],
            base=given["base"],
            sealed_at=given["sealed_at"],
            stamp=Stamp(**given["stamp"]),
            extras=given["extras"],
            tables={name: _table(table) for name, table in given["tables"].items()},
            files={name: FileEntry(**file) for name, file in given["files"].items()},
        )
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, GenerationUnreadable):
            raise
        raise GenerationUnreadable(f"{place} cannot be read ({error!r}): the catalogue is damaged") from error


def _table_json(table: TableContents) -> dict[str, Any]:
    return {
        "rows": table.rows,
        "digest_columns": list(table.digest_columns),
        "shards": [
            {
                "name": shard.name,
                "first_key": shard.first_key,
                "last_key": shard.last_key,
                "rows": shard.rows,
                "size": shard.size,
                "sha256": shard.sha256,
                "digest": f"{shard.digest:032x}",
            }
            for shard in table.shards
        ],
    }


def _table(given: dict[str, Any]) -> TableContents:
    shards = tuple(Shard(**{**shard, "digest": int(shard["digest"], 16)}) for shard in given["shards"])
    return TableContents(shards, tuple(given["digest_columns"]))
