"""A store over HTTP that speaks enough S3 to be got wrong on purpose: what real servers do on their bad days."""

import hashlib
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from labelport.storage.connection import Connection


@dataclass(frozen=True)
class Request:
    method: str
    key: str
    """Empty for the bucket itself."""
    query: dict[str, list[str]]
    headers: Any
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False
    """The connection is closed, and the client never learns."""


def error(status: int, code: str, more: str = "") -> Reply:
    return Reply(status, f"<Error><Code>{code}</Code><Message>hush</Message>{more}</Error>".encode())


@dataclass
class SmallStore:
    """``first`` may answer a request by itself; else the store does, as S3 would."""

    first: Callable[["SmallStore", Request], Reply | None] = lambda store, request: None
    conditions: bool = True
    """Whether it looks at If-Match and If-None-Match."""

    etags: bool = True
    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Reply:
        with self.lock:
            self.asked.append(request)
            return self.first(self, request) or self.do(request)

    def do(self, request: Request) -> Reply:
        """Answer as S3 does."""
        if not request.key:
            return self._bucket(request)
        there = self.objects.get(request.key)
        if self.conditions and (refusal := self._refused(request, there)):
            return refusal
        if request.method == "PUT":
            source = request.headers.get("x-amz-copy-source")
            if source is not None:
                request = Request("PUT", request.key, {}, {}, self.objects[unquote(source).split("/", 1)[1]])
            self.objects[request.key] = request.body
            copied = b"<CopyObjectResult/>" if source is not None else b""
            return Reply(200, copied, self._headers(request.body))
        if request.method == "DELETE":
            self.objects.pop(request.key, None)
            return Reply(204)
        return error(404, "NoSuchKey") if there is None else self._read(request, there)

    def _bucket(self, request: Request) -> Reply:
        if "versioning" in request.query:
            return Reply(200, b"<VersioningConfiguration/>")
        prefix = request.query.get("prefix", [""])[0]
        objects = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(body)}</Size><ETag>{self._headers(body).get('ETag', '')}</ETag>"
            f"<LastModified>2026-11-21T12:30:05.000Z</LastModified></Contents>"
            for key, body in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        return Reply(200, f"<ListBucketResult>{objects}<IsTruncated>false</IsTruncated></ListBucketResult>".encode())

    def _read(self, request: Request, body: bytes) -> Reply:
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if asked is None:
            return Reply(200, body, self._headers(body))
        start, end = int(asked[1]), min(int(asked[2]) + 1, len(body))
        if start >= len(body):
            return error(416, "InvalidRange")
        where = {"Content-Range": f"bytes {start}-{end - 1}/{len(body)}"}
        return Reply(206, body[start:end], self._headers(body) | where)

    def _refused(self, request: Request, there: bytes | None) -> Reply | None:
        wanted, unwanted = request.headers.get("If-Match"), request.headers.get("If-None-Match")
        if wanted is not None and there is None:
            return error(404, "NoSuchKey")
        if wanted is not None and wanted != self._headers(there or b"").get("ETag"):
            return error(412, "PreconditionFailed")
        return error(412, "PreconditionFailed") if unwanted == "*" and there is not None else None

    def _headers(self, body: bytes) -> dict[str, str]:
        dated = {"Last-Modified": formatdate(1_795_264_205, usegmt=True)}
        return dated | ({"ETag": f'"{hashlib.md5(body).hexdigest()}"'} if self.etags else {})


@contextmanager
def served(store: SmallStore, *, tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[Connection]:
    """Serve a store on a free port of 127.0.0.1; its one bucket is ``bucket``. ``options``: of the connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            _, _, key = parts.path.removeprefix("/").partition("/")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            query = parse_qs(parts.query, keep_blank_values=True)
            reply = store.answer(Request(self.command, unquote(key), query, self.headers, body))
            if reply.lost:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = handle_any

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        given = {"region": "eu-west-2", "access_key_id": "KEYID", "secret_access_key": "hush", "addressing": "path"}
        yield Connection(**{"endpoint": f"{scheme}://127.0.0.1:{server.server_port}", **given, **options})
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
