"""A Label Studio of one's own on a free port of 127.0.0.1, and the doors of its API that the proof goes through."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from labelport.storage.connection import Connection
from tests.servers import environment, free_port, running

READY_S = 420
"""It makes its database anew at every start: 28 s on a quiet machine of two cores, 146 s on a busy one."""


@dataclass(frozen=True)
class LabelStudioServer:
    """How to reach a running server."""

    url: str
    email: str
    password: str
    token: str

    def ask(self, method: str, path: str, given: Any = None) -> Any:
        """Return the answer of the API; raises ``HTTPError`` with the server's words."""
        body = None if given is None else json.dumps(given).encode()
        return json.loads(self._open(method, path, body, "application/json") or b"null")

    def object_at(self, path: str) -> bytes:
        """Return the bytes that a browser gets at an address of the server, behind its redirect to the storage."""
        return self._open("GET", path, None, "application/json")

    def upload(self, path: str, file: Path) -> Any:
        """Send a JSON file as the import dialog does (RFC 7578)."""
        mark = secrets.token_hex(16)
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
        body = (
            f"{head}Content-Type: application/json\r\n\r\n".encode()
            + file.read_bytes()
            + f"\r\n--{mark}--\r\n".encode()
        )
        return json.loads(self._open("POST", path, body, f"multipart/form-data; boundary={mark}"))

    def is_up(self) -> bool:
        """Return whether the server answers."""
        try:
            with urlopen(f"{self.url}/health", timeout=5):
                return True
        except OSError:
            return False

    def _open(self, method: str, path: str, body: bytes | None, kind: str) -> bytes:
        request = Request(self.url + path, body, {"Content-Type": kind}, method=method)
        # Not for the storage behind a redirect: a request that is signed in two ways is refused there.
        request.add_unredirected_header("Authorization", f"Token {self.token}")
        try:
            with urlopen(request, timeout=120) as answer:
                found: bytes = answer.read()
                return found
        except HTTPError as error:
            error.msg = f"{error.msg}: {error.read()[:600].decode(errors='replace')}"
            raise


@contextmanager
def label_studio(python: Path, folder: Path, storage: Connection) -> Iterator[LabelStudioServer]:
    """Run a server until the block ends, its database in ``folder``; it knows one user.

    ``storage`` is named in its environment as an operator would: without that the server refuses an endpoint on a
    private address, and its protection stays on here. API tokens of the old kind are off unless they are asked for.
    """
    server = LabelStudioServer(
        f"http://127.0.0.1:{free_port()}", "proof@labelport.example", secrets.token_hex(12), secrets.token_hex(20)
    )
    folder.mkdir()
    command = [str(python.with_name("label-studio")), "start", "--no-browser", "--internal-host", "127.0.0.1"]
    command += ["--port", server.url.rsplit(":", 1)[1], "--username", server.email, "--password", server.password]
    command += ["--user-token", server.token, "--enable-legacy-api-token"]
    variables = {
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "S3_ENDPOINT": str(storage.endpoint),
        **dict.fromkeys(("COLLECT_ANALYTICS", "LATEST_VERSION_CHECK"), "0"),
        **dict.fromkeys(("SENTRY_DSN", "FRONTEND_SENTRY_DSN"), ""),
    }
    log = folder.with_suffix(".log")
    with running(command, log=log, ready=server.is_up, seconds=READY_S, cwd=folder, env=environment(**variables)):
        yield server
