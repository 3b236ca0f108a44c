"""Batches read ahead by a thread: decoding one while the last is worked on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa


def read_ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same batches in the same order; one more than without this is in memory.

    What reading raises is raised here. The thread ends with the iterator.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as thread:
        coming = thread.submit(next, batches, None)
        while True:
            batch = coming.result()
            if batch is None:
                return
            coming = thread.submit(next, batches, None)
            yield batch
