"""A generation that is being written: nobody sees it before it is published."""

import hashlib
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import IO, Any

import pyarrow as pa

from labelport.catalogue.collection import delete_generation
from labelport.catalogue.contents import Contents, FileEntry, Shard, Stamp, TableContents
from labelport.catalogue.digest import added, content_version, rows_digest
from labelport.catalogue.generation import Generation
from labelport.catalogue.heartbeat import Heartbeat
from labelport.catalogue.keys import Rows
from labelport.catalogue.places import contents_key, file_key, generation_folder, shard_key
from labelport.catalogue.pointer import claim_dataset, current_id, naming, swap_current
from labelport.catalogue.shards import SHARD_ROWS, ShardFile, ShardWriter, digest_columns
from labelport.catalogue.update import write_update
from labelport.errors import CatalogueConflict, GenerationGone, ObjectAbsent
from labelport.storage.contract import Bucket
from labelport.tables import TABLES, Table

COPIES_AT_ONCE = 32
UNVERSIONED = ("findings",)
"""Tables that say nothing of the content: they are left out of the content version."""

MEMORY_BYTES = 1 << 23
"""A file beyond this is written to a temporary file first."""


class Draft:
    """Tables and files of the next generation of a stage.

    Every table that the generation shall have is given once, by ``write``, ``update`` or ``keep``; then
    ``seal``, and after the checks ``publish`` or ``drop``.
    """

    def __init__(
        self,
        bucket: Bucket,
        stage: str,
        *,
        dataset: str,
        base: Generation | None,
        shard_rows: int = SHARD_ROWS,
        schemas: Mapping[str, Table] = TABLES,
    ) -> None:
        number = int(base.id.split("-")[0]) + 1 if base else 1
        self.id = f"{number:06d}-{secrets.token_hex(4)}"
        self.copied = 0
        """Shards carried over."""
        self.written = 0
        """Shards written."""
        self._bucket = bucket
        self._stage = stage
        self._dataset = dataset
        self._base = base
        self._aim = shard_rows
        self._schemas = schemas
        self._tables: dict[str, TableContents] = {}
        self._files: dict[str, FileEntry] = {}
        self._sealed: Generation | None = None
        self._swapping = False
        self._folder = generation_folder(stage, self.id)
        self._heartbeat = Heartbeat(bucket, self._folder, base=base.id if base else None)

    def write(self, table: str, batches: Iterable[Rows]) -> None:
        """Write a table anew from sorted batches with strictly increasing keys.

        Raises ``KeysUnsorted`` naming the key, ``ValueError`` naming the column that does not fit.
        """
        schema = self._begun(table)
        writer = self._writer(schema)
        for rows in batches:
            writer.add(rows, slack=self._aim // 4)
        writer.finish()
        self._tables[table] = TableContents(tuple(writer.shards), digest_columns(schema))

    def update(self, table: str, *, upserts: Iterable[Rows], deletes: Iterable[pa.Table] = ()) -> None:
        """Write the base's table without ``deletes`` and with ``upserts``; untouched shards are carried over.

        ``upserts``: sorted, strictly increasing keys. ``deletes``: sorted tables of the key columns, or of
        leading ones (every row that begins with them goes); they apply before the upserts.
        """
        schema = self._begun(table)
        writer = self._writer(schema)
        base = self._base_table(table)
        carried: dict[str, Shard] = {}

        def carry(shard: Shard) -> None:
            carried[writer.carry(self._redigested(shard, schema)).name] = shard

        write_update(
            base.shards if base else (),
            writer,
            table=schema,
            aim=self._aim,
            read=lambda shard: self._require_base().shard_rows(table, shard),
            carry=carry,
            upserts=upserts,
            deletes=deletes,
        )
        writer.finish()
        self._copy(table, carried)
        shards = self._without_small_tail(schema, writer.shards)
        self._tables[table] = TableContents(tuple(shards), digest_columns(schema))

    def keep(self, table: str) -> None:
        """Carry the base's whole table over; an empty one where the base has none."""
        self.update(table, upserts=())

    @contextmanager
    def open_file(self, name: str) -> Iterator[IO[bytes]]:
        """Give a file to write; it becomes part of the generation when the context ends without error."""
        if not name or name.startswith("/") or any(part in ("", ".", "..") for part in name.split("/")):
            raise ValueError(f"{name!r} is no name of a file below a generation")
        self._writable()
        if name in self._files:
            raise ValueError(f"the file {name!r} was written already")
        with tempfile.SpooledTemporaryFile(MEMORY_BYTES) as file:
            yield file
            file.seek(0)
            body = file.read()
        self._put(file_key(self._stage, self.id, name), body)
        self._files[name] = FileEntry(len(body), hashlib.sha256(body).hexdigest())

    def carry_file(self, name: str) -> None:
        """Carry a file of the base over as it is; raises ``KeyError`` where the base has none of that name."""
        self._writable()
        base = self._require_base()
        entry = base.files()[name]
        self._heartbeat.renew()
        self._copy_from_base(base, file_key(self._stage, base.id, name), file_key(self._stage, self.id, name))
        self._files[name] = entry

    def seal(
        self,
        *,
        inputs: Mapping[str, str],
        code_version: str,
        settings_hash: str,
        extras: Mapping[str, Any] | None = None,
    ) -> Generation:
        """Finish writing; return the draft as a generation that the checks can read."""
        self._writable()
        versioned = {name: (t.rows, t.digest) for name, t in self._tables.items() if name not in UNVERSIONED}
        stamp = Stamp(
            inputs=dict(inputs),
            code_version=code_version,
            settings_hash=settings_hash,
            content_version=content_version(versioned, {name: file.sha256 for name, file in self._files.items()}),
            rows={name: table.rows for name, table in sorted(self._tables.items())},
        )
        contents = Contents(
            stage=self._stage,
            generation=self.id,
            base=self._base.id if self._base else None,
            sealed_at=time.time(),
            stamp=stamp,
            extras=dict(extras or {}),
            tables=dict(sorted(self._tables.items())),
            files=dict(sorted(self._files.items())),
        )
        self._put(contents_key(self._stage, self.id), contents.to_json())
        self._sealed = Generation(self._bucket, contents, schemas=self._schemas)
        return self._sealed

    def publish(self) -> Generation:
        """Make the sealed draft the live generation, where the base still is; return it.

        Raises ``CatalogueConflict`` naming the generation that came between (the draft is dropped),
        ``PublishTaken`` where the folder belongs to another dataset.
        """
        if self._sealed is None:
            raise RuntimeError("seal the draft before it is published")
        claim_dataset(self._bucket, self._dataset)
        # From here on no other run takes the draft for dead: see labelport/catalogue/heartbeat.py.
        self._heartbeat.renew(now=True)
        self._swapping = True
        try:
            etag = swap_current(self._bucket, self._stage, self.id, seen=self._base.etag if self._base else None)
        except CatalogueConflict:
            self._swapping = False
            self.drop()
            raise
        published = Generation(self._bucket, self._sealed.contents, etag=etag, schemas=self._schemas)
        with suppress(OSError):  # it is published; collection takes a heartbeat that was left for what it is
            self._heartbeat.end()
        return published

    def drop(self) -> None:
        """Delete the draft. A published one stays; what cannot be deleted now, collection deletes later."""
        with suppress(OSError):
            if self._swapping and current_id(self._bucket, self._stage) == self.id:
                return
            delete_generation(self._bucket, self._stage, self.id)

    def _begun(self, table: str) -> Table:
        self._writable()
        if table in self._tables:
            raise ValueError(f"the table {table!r} was written already: each comes once")
        return self._schemas[table]

    def _writable(self) -> None:
        if self._sealed is not None:
            raise RuntimeError("the draft is sealed: nothing can be written to it any more")

    def _writer(self, table: Table) -> ShardWriter:
        def put(name: str, body: bytes) -> None:
            self._put(self._key(table.name, name), body)
            self.written += 1

        return ShardWriter(put, table, aim=self._aim)

    def _key(self, table: str, name: str) -> str:
        return shard_key(self._stage, self.id, table, name)

    def _base_table(self, table: str) -> TableContents | None:
        return self._base.contents.tables.get(table) if self._base else None

    def _require_base(self) -> Generation:
        assert self._base is not None, "only a draft with a base carries shards over"
        return self._base

    def _redigested(self, shard: Shard, table: Table) -> Shard:
        """Return a shard with its digest over the columns that count today."""
        base = self._base_table(table.name)
        if base is not None and base.digest_columns != digest_columns(table):
            rows = self._require_base().shard_rows(table.name, shard)
            columns = digest_columns(table)
            return replace(shard, digest=added(rows_digest(pa.Table.from_batches([part]), columns) for part in rows))
        return shard

    def _copy(self, table: str, carried: Mapping[str, Shard]) -> None:
        """Copy the base's shards to their new names in the draft."""
        base = self._base

        def copy(name: str) -> None:
            assert base is not None
            self._copy_from_base(base, base.shard_key(table, carried[name]), self._key(table, name))

        with ThreadPoolExecutor(max_workers=COPIES_AT_ONCE) as pool:
            for _ in pool.map(copy, carried):
                self.copied += 1
                self._heartbeat.renew()  # here, and not in the threads: two of them would meet each other's

    def _copy_from_base(self, base: Generation, source: str, target: str) -> None:
        try:
            with naming(target):
                self._bucket.copy(source, target)
        except ObjectAbsent as error:
            raise GenerationGone(
                f"generation {base.id} of {self._stage} was collected while it was carried over: run again"
            ) from error

    def _put(self, key: str, body: bytes) -> None:
        self._heartbeat.renew()
        with naming(key):
            self._bucket.put(key, body)

    def _without_small_tail(self, table: Table, shards: list[Shard]) -> list[Shard]:
        """Write the last two shards as one where the last is below a quarter of the aim."""
        if len(shards) < 2 or shards[-1].rows >= self._aim // 4:
            return shards
        bodies = [self._bucket.get(self._key(table.name, shard.name)).body for shard in shards[-2:]]
        for shard in shards[-2:]:
            self._bucket.delete(self._key(table.name, shard.name))
        writer = self._writer(table)
        writer.shards = shards[:-2]
        for body in bodies:
            for batch in ShardFile(pa.BufferReader(body)).batches(table):
                writer.add(batch, slack=self._aim)
        writer.finish()
        return writer.shards
