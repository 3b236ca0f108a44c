"""A user's Parquet, read in a process of its own: damaged metadata end the process that looks at them.

Arrow's C++ aborts on some (a size statistic of a column that can have none, pyarrow 26). The child has limits
of memory and time, gives back Arrow batches, and imports nothing that starts slowly.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from labelport.series.user_table import TableUnusable

if TYPE_CHECKING:
    from labelport.dataset import UserFile

ROWS_AT_ONCE = 256
"""Rows decoded at once, before their size is looked at."""

MOST_MEMORY = 6 << 30
"""Address space of the child: the file, the table, and Arrow's own reserve."""

MOST_SECONDS = 600
REFUSED = (pa.ArrowException, OSError, ValueError, OverflowError, NotImplementedError, MemoryError)


@dataclass(frozen=True)
class Limits:
    """What a table may hold; it is looked at before anything is decoded, and while it is."""

    rows: int
    values: int
    """Those in lists counted."""

    bytes: int
    """In memory; a small file can hold a billion equal cells."""


def read_parquet(file: "UserFile", wanted: Collection[str] | None, limits: Limits) -> pa.Table:
    """Return the columns of a Parquet file; ``wanted``: no others, their names trimmed and casefolded.

    Raises ``TableUnusable`` with words for what cannot be read as a whole.
    """
    request = {"path": file.path, "wanted": None if wanted is None else sorted(wanted), "limits": asdict(limits)}
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=json.dumps(request).encode() + b"\n" + file.body,
        capture_output=True,
        check=False,
        timeout=2 * MOST_SECONDS,
    )
    head, _, body = done.stdout.partition(b"\n")
    if done.returncode or not head:
        raise TableUnusable(f"{file.path} cannot be read as Parquet: reading it ends the process. Write it again")
    words = json.loads(head)["refused"]
    if words:
        raise TableUnusable(words)
    with pa.ipc.open_stream(body) as stream:
        return stream.read_all().combine_chunks()


def main() -> None:
    """Read a request and the file from standard input; write a line of JSON and an Arrow stream."""
    from labelport.light import let_pyarrow_do_without_pandas  # noqa: PLC0415  -- this process is ours alone

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    let_pyarrow_do_without_pandas()
    given = json.loads(sys.stdin.buffer.readline())
    out = sys.stdout.buffer
    try:
        table = parquet_columns(sys.stdin.buffer.read(), given["path"], given["wanted"], Limits(**given["limits"]))
    except TableUnusable as error:
        words = str(error)
    except REFUSED as error:
        words = f"{given['path']} cannot be read as Parquet ({type(error).__name__}): write it again"
    else:
        out.write(b'{"refused": null}\n')
        with pa.ipc.new_stream(out, table.schema) as stream:
            stream.write_table(table)
        return
    out.write(json.dumps({"refused": words}).encode() + b"\n")


def parquet_columns(body: bytes, path: str, wanted: Collection[str] | None, limits: Limits) -> pa.Table:
    """Return the columns of a Parquet file, in the process that asks; raises ``TableUnusable``, ``REFUSED``."""
    import pyarrow.parquet as pq  # noqa: PLC0415  -- most tables are CSV

    with pq.ParquetFile(pa.BufferReader(body)) as opened:
        names = list(dict.fromkeys(opened.schema_arrow.names))
        kept = [name for name in names if wanted is None or name.strip().casefold() in wanted]
        texts = [field.name for field in opened.schema_arrow if _is_text(field.type)]
        _refuse_large(path, opened.metadata, limits)
    batches: list[pa.RecordBatch] = []
    total = 0
    # Text is read as dictionaries: one long text in a million rows is a small file, and their sum is looked at first.
    with pq.ParquetFile(pa.BufferReader(body), read_dictionary=texts) as opened:
        for batch in opened.iter_batches(batch_size=ROWS_AT_ONCE, columns=kept):
            total += sum(_decoded_bytes(column) for column in batch.columns)
            if total > limits.bytes:
                raise TableUnusable(f"{path} is larger than it says: more than {limits.bytes:,} bytes are not read")
            decoded = [one.dictionary_decode() if pa.types.is_dictionary(one.type) else one for one in batch.columns]
            batches.append(pa.RecordBatch.from_arrays(decoded, names=batch.schema.names))
            batches[-1].validate(full=True)  # text that is not UTF-8 among else
        empty = pa.schema([opened.schema_arrow.field(name) for name in kept])
    return pa.Table.from_batches(batches, schema=batches[0].schema if batches else empty).combine_chunks()


def _refuse_large(path: str, metadata: Any, limits: Limits) -> None:
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    values = sum(group.column(at).num_values for group in groups for at in range(group.num_columns))
    for count, most, unit in (
        (metadata.num_rows, limits.rows, "rows"),
        (values, limits.values, "values"),
        (size, limits.bytes, "bytes"),
    ):
        if count > most:
            raise TableUnusable(f"{path} holds {count:,} {unit}, and more than {most:,} are not read")


def _is_text(kind: pa.DataType) -> bool:
    of_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    of_bytes = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    return any(is_one(kind) for is_one in (*of_text, *of_bytes))


def _decoded_bytes(column: pa.Array) -> int:
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    return int(pc.sum(lengths).as_py() or 0)


if __name__ == "__main__":
    main()
