"""A moto server for tests: S3 and SQS in this process, on a free port of 127.0.0.1. It checks no secrets."""

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from labelport.storage.connection import Connection


@contextmanager
def moto_server() -> Iterator[Connection]:
    """Yield how to reach a fresh server; nothing of another server is in it."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request, in the output of every failed test
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        # moto keeps its buckets and queues in module state, which outlives a server.
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=10).close()
        yield Connection(
            endpoint=endpoint,
            region="eu-west-2",
            access_key_id="test",
            secret_access_key="testtest",
            addressing="path",
        )
    finally:
        server.stop()
