"""A queue of SQS, and what it says when it cannot be asked."""

import json
import socket
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from labelport.errors import LabelportError, QueueError, SettingsError
from labelport.events.contract import Message
from labelport.events.sqs import SqsQueue, queue_address
from labelport.storage.connection import Connection
from tests.labelport.events.queues import Uploads, counting, eventually

KEYS = Connection(access_key_id="AKIDEXAMPLE", secret_access_key="wJalrXUtnFEMI", region="eu-west-2")


# What a URL says


@pytest.mark.parametrize(
    ("url", "endpoint", "region", "name"),
    [
        (
            "https://sqs.eu-west-2.amazonaws.com/123456789012/echo-uploads",
            "https://sqs.eu-west-2.amazonaws.com",
            "eu-west-2",
            "echo-uploads",
        ),
        (
            "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/u",
            "https://sqs.cn-north-1.amazonaws.com.cn",
            "cn-north-1",
            "u",
        ),
        (
            "https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/u.fifo",
            "https://sqs-fips.us-gov-west-1.amazonaws.com",
            "us-gov-west-1",
            "u.fifo",
        ),
        (
            "https://sqs.ap-southeast-3.api.aws/123456789012/u",
            "https://sqs.ap-southeast-3.api.aws",
            "ap-southeast-3",
            "u",
        ),
        (
            "https://eu-west-2.queue.amazonaws.com/123456789012/u",
            "https://eu-west-2.queue.amazonaws.com",
            "eu-west-2",
            "u",
        ),
        (
            "https://vpce-0a1b-2c.sqs.eu-west-2.vpce.amazonaws.com/123456789012/u",
            "https://vpce-0a1b-2c.sqs.eu-west-2.vpce.amazonaws.com",
            "eu-west-2",
            "u",
        ),
        ("http://127.0.0.1:5000/123456789012/u", "http://127.0.0.1:5000", None, "u"),
        ("http://[::1]:9324/queue/u", "http://[::1]:9324", None, "u"),
        ("http://localhost:9324/000000000000/u", "http://localhost:9324", None, "u"),
        (
            "http://sqs.eu-west-2.localhost.localstack.cloud:4566/000000000000/u",
            "http://sqs.eu-west-2.localhost.localstack.cloud:4566",
            "eu-west-2",
            "u",
        ),
    ],
)
def test_endpoint_and_region_come_from_the_url(url: str, endpoint: str, region: str | None, name: str) -> None:
    found = queue_address(url)
    assert (found.url, found.endpoint, found.region, found.name) == (url, endpoint, region, name)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "echo-uploads",
        "arn:aws:sqs:eu-west-2:123456789012:uploads",
        "sqs.eu-west-2.amazonaws.com/123456789012/uploads",
        "s3://bucket/prefix",
        "https://",
        "https:///123456789012/uploads",
        "https://sqs.eu-west-2.amazonaws.com",
        "https://sqs.eu-west-2.amazonaws.com/",
        "https://sqs.eu-west-2.amazonaws.com/uploads",
        "https://sqs.eu-west-2.amazonaws.com/1234/uploads",
        "https://sqs.eu-west-2.amazonaws.com/123456789012/",
        "https://sqs.eu-west-2.amazonaws.com/123456789012/up/loads",
        "https://sqs.eu-west-2.amazonaws.com/123456789012/uploads?Action=DeleteQueue",
        "https://sqs.eu-west-2.amazonaws.com/123456789012/uploads#x",
        "https://AKIDEXAMPLE:hunter2@sqs.eu-west-2.amazonaws.com/123456789012/uploads",
        "https://sqs.eu-west-2.amazonaws.com/123456789012/up loads",
        "https://sqs.eu-west-2.amazonaws.com/123456789012/uploads\n",
        "https://sqs.eu-west-2.amazonaws.com/123456789012/" + "q" * 81,
        "https://sqs.eu-west-2.amazonaws.com/123456789012/üploads",
        "http://host:hunter2/123456789012/uploads",
        "http://host:99999/123456789012/uploads",
        "http://host:0/123456789012/uploads",
        "http://[::1/123456789012/uploads",
        "http://host/../123456789012/..",
    ],
)
def test_what_is_no_queue_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match="the URL of an SQS queue") as refused:
        SqsQueue(url, KEYS)
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


def test_making_one_asks_nothing_and_shows_no_secret() -> None:
    queue = SqsQueue("https://sqs.eu-west-2.amazonaws.com/123456789012/u", KEYS)
    assert repr(queue) == "SqsQueue('https://sqs.eu-west-2.amazonaws.com/123456789012/u')"


@pytest.mark.parametrize(
    ("url", "connection", "region"),
    [
        ("https://sqs.ap-south-1.amazonaws.com/123456789012/u", KEYS, "ap-south-1"),
        ("http://127.0.0.1:5000/123456789012/u", KEYS, "eu-west-2"),
        ("http://127.0.0.1:5000/123456789012/u", replace(KEYS, region=None), "us-east-1"),
    ],
)
def test_requests_are_signed_for_the_queues_region(
    url: str, connection: Connection, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    client = SqsQueue(url, connection)._client
    assert client.meta.region_name == region
    assert client.meta.endpoint_url == queue_address(url).endpoint


# A queue


def test_messages_are_counted_given_hidden_and_acknowledged(uploads: Uploads) -> None:
    queue = uploads.queue()
    assert (queue.count(), list(queue.receive())) == (0, [])
    uploads.send(*(f"body {number}" for number in range(12)))
    assert queue.count() == 12
    first = queue.receive()
    assert len(first) == 10
    assert queue.count() == 2, "those under way are not counted"
    rest = queue.receive()
    assert sorted(message.body for message in [*first, *rest]) == sorted(f"body {number}" for number in range(12))
    queue.delete([*first, *rest])
    assert (uploads.waiting(), uploads.hidden()) == (0, 0)


def test_the_visibility_is_ours_and_can_be_extended(uploads: Uploads) -> None:
    short, long = uploads.queue(visibility_s=1), uploads.queue(visibility_s=900)
    uploads.send("kept", "let go")
    kept, go = sorted(short.receive(), key=lambda message: message.body)
    long.extend([kept])
    eventually(lambda: uploads.waiting() == 1)
    assert [message.body for message in long.receive()] == ["let go"]
    assert go.receipt != kept.receipt


def test_many_messages_take_a_request_for_each_ten(connection: Connection) -> None:
    counted, requests = counting(connection)
    uploads = Uploads(counted)
    uploads.send(*(str(number) for number in range(95)))
    requests.clear()
    queue = uploads.queue()
    messages = [message for _ in range(10) for message in queue.receive()]
    queue.extend(messages)
    queue.delete(messages)
    queue.delete([])
    assert len(messages) == 95
    assert Counter(requests) == {"ReceiveMessage": 10, "ChangeMessageVisibilityBatch": 10, "DeleteMessageBatch": 10}


def test_unicode_survives(uploads: Uploads) -> None:
    uploads.send("日本 é \U0001f426")
    assert uploads.queue().receive()[0].body == "日本 é \U0001f426"


# Trouble, in words


def test_an_absent_queue_is_named(connection: Connection) -> None:
    queue = SqsQueue(f"{connection.endpoint}/123456789012/nowhere", connection)
    for ask in (queue.count, queue.receive):
        with pytest.raises(QueueError, match=r"the queue nowhere at http.*there is no such queue.*Correct `events`"):
            ask()


def test_nobody_listening_is_said_within_moments() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        queue = SqsQueue(f"http://127.0.0.1:{held.getsockname()[1]}/123456789012/u", KEYS)
        began = time.monotonic()
        with pytest.raises(QueueError, match="cannot be reached"):
            queue.count()
        assert time.monotonic() - began < 3


def test_a_server_that_never_answers_costs_the_sensor_a_second() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        queue = SqsQueue(f"http://127.0.0.1:{silent.getsockname()[1]}/123456789012/u", KEYS)
        began = time.monotonic()
        with pytest.raises(QueueError, match=r"cannot be reached \(ReadTimeoutError\)"):
            queue.count()
        assert 0.9 < time.monotonic() - began < 3


def test_without_credentials_it_says_so(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    url = f"{connection.endpoint}/123456789012/u"
    with pytest.raises(QueueError, match="no credentials that work"):
        SqsQueue(url, Connection(region="eu-west-2")).count()
    with pytest.raises(QueueError, match=r"profile \(nobody\) could not be found"):
        SqsQueue(url, Connection(profile="nobody")).count()


def test_an_aws_address_without_region_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    queue = SqsQueue("https://queue.amazonaws.com/123456789012/u", replace(KEYS, region=None))
    with pytest.raises(QueueError, match="no region is known"):
        queue.count()


RECEIPT = "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a"


def failed(code: str, message: str, *, status: int = 400) -> tuple[int, bytes]:
    return status, json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": message}).encode()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (failed("AccessDeniedException", f"User: arn:aws:iam::1:user/x on {RECEIPT}", status=403), "access is denied"),
        (failed("InvalidClientTokenId", "The security token AKIDEXAMPLE is invalid", status=403), "access is denied"),
        (failed("KMS.AccessDeniedException", "no kms", status=400), "kms:Decrypt"),
        (failed("ReceiptHandleIsInvalid", f"The input receipt handle {RECEIPT} is invalid"), "ReceiptHandleIsInvalid"),
        (failed("QueueDoesNotExist", "gone"), "there is no such queue"),
        (failed("InternalFailure", "wJalrXUtnFEMI", status=500), "InternalFailure"),
        ((403, b"<html>wJalrXUtnFEMI</html>"), "access is denied"),
        ((404, b"<html>not here</html>"), "404"),
        ((200, b"<html>a web page</html>"), "does not answer as an SQS queue does"),
        ((200, b"{}"), "does not answer as an SQS queue does"),
        ((200, b'{"Attributes": {"ApproximateNumberOfMessages": "many"}}'), "does not answer as an SQS queue does"),
        ((302, b""), "302"),
    ],
)
def test_answers_become_words_without_receipts_keys_or_the_servers_text(answer: tuple[int, bytes], words: str) -> None:
    with answering(lambda _: answer) as url, pytest.raises(QueueError) as told:
        SqsQueue(url, KEYS).count()
    assert words in str(told.value)
    _shows_nothing(told.value)


def _shows_nothing(error: BaseException) -> None:
    shown = "".join(traceback.format_exception(error))
    assert error.__context__ is None, "loggers show the context"
    for secret in (RECEIPT, "wJalrXUtnFEMI", "AKIDEXAMPLE", "arn:aws:iam"):
        assert secret not in shown


@pytest.mark.parametrize("act", ["extend", "delete"])
def test_what_fails_once_is_tried_again_alone(act: str) -> None:
    asked: list[list[str]] = []

    def answer(request: dict[str, Any]) -> tuple[int, bytes]:
        ids = [entry["Id"] for entry in request["Entries"]]
        asked.append(ids)
        bad = ids[1:3] if len(asked) == 1 else []
        told = {
            "Successful": [{"Id": one} for one in ids if one not in bad],
            "Failed": [{"Id": one, "SenderFault": False, "Code": "InternalError", "Message": RECEIPT} for one in bad],
        }
        return 200, json.dumps(told).encode()

    messages = [Message(f"{RECEIPT}{number}", "") for number in range(10)]
    with answering(answer) as url:
        getattr(SqsQueue(url, KEYS), act)(messages)
    assert asked == [[str(number) for number in range(10)], ["1", "2"]]


@pytest.mark.parametrize("act", ["extend", "delete"])
def test_what_fails_twice_is_counted_and_the_rest_is_done(act: str) -> None:
    done: set[str] = set()

    def answer(request: dict[str, Any]) -> tuple[int, bytes]:
        bad = [entry for entry in request["Entries"] if entry["ReceiptHandle"].endswith("7")]
        done.update(entry["ReceiptHandle"] for entry in request["Entries"] if entry not in bad)
        told = [
            {
                "Id": entry["Id"],
                "SenderFault": True,
                "Code": "ReceiptHandleIsInvalid",
                "Message": entry["ReceiptHandle"],
            }
            for entry in bad
        ]
        return 200, json.dumps({"Successful": [], "Failed": told}).encode()

    messages = [Message(f"{RECEIPT}{number}", "") for number in range(35)]
    with answering(answer) as url, pytest.raises(QueueError) as told:
        getattr(SqsQueue(url, KEYS), act)(messages)
    assert "3 of 35 messages" in str(told.value)
    assert "ReceiptHandleIsInvalid" in str(told.value)
    _shows_nothing(told.value)
    assert len(done) == 32


def test_a_receipt_that_is_none_is_refused_by_a_real_queue_and_not_shown(uploads: Uploads) -> None:
    with pytest.raises(QueueError, match="1 of 1 messages could not be acknowledged") as told:
        uploads.queue().delete([Message(RECEIPT, "")])
    _shows_nothing(told.value)


def test_a_queue_of_which_too_many_are_hidden_gives_none_for_now() -> None:
    with answering(lambda _: failed("OverLimit", "too many")) as url:
        assert list(SqsQueue(url, KEYS).receive()) == []


def test_it_is_an_error_of_ours_and_one_of_the_connection() -> None:
    assert issubclass(QueueError, LabelportError)
    assert issubclass(QueueError, ConnectionError)


@contextmanager
def answering(answer: Callable[[dict[str, Any]], tuple[int, bytes]]) -> Iterator[str]:
    """Give the URL of a queue on a server that answers as it is told."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            status, body = answer(request)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/123456789012/uploads"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
