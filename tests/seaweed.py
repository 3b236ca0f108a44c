"""A real S3 server for tests: SeaweedFS on free ports of 127.0.0.1, gone when the block ends. It checks secrets."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labelport.demo import seaweedfs as demo
from labelport.errors import ProgramAbsent
from labelport.storage.connection import Connection
from tests.needs import absent


def seaweedfs_is_here() -> None:
    """Skip the test where the program is not installed."""
    try:
        demo.seaweedfs_program()
    except ProgramAbsent as error:
        absent("seaweedfs", str(error))


@contextmanager
def seaweedfs() -> Iterator[Connection]:
    """Yield how to reach a fresh server; a cold start takes some ten seconds."""
    seaweedfs_is_here()
    temporary = tempfile.TemporaryDirectory(prefix="lp-weed-", ignore_cleanup_errors=True)
    with temporary as folder, demo.seaweedfs(Path(folder)) as connection:
        yield connection
