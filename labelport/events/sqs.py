"""A queue of Amazon SQS, or of a server that speaks as it does."""

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlsplit

from labelport.errors import BucketError, QueueError, SettingsError
from labelport.events.contract import BATCH, Message
from labelport.storage.connection import Connection

T = TypeVar("T")
Entry = dict[str, Any]

VISIBILITY_S = 900
"""How long a message that was given is hidden, where nobody extends it."""

WAIT_S = 1
"""How long a request for messages waits for one. Without waiting SQS asks only some of its servers, and
may say that there is nothing where there is something (developer guide, "Short and long polling")."""

COUNT_S = 1
"""The sensor counts in its tick: an answer that takes longer is none."""

CONNECT_S = ANSWER_S = 10
THREADS = 8
"""Requests at once while thousands of messages are hidden or acknowledged."""

BATCHES_A_THREAD = 50

_REGION = r"[a-z]{2,4}(?:-[a-z]+)+-\d+"
_HOST = re.compile(rf"(?:^|\.)sqs(?:-fips)?\.({_REGION})\.|^({_REGION})\.queue\.amazonaws\.")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}(?:\.fifo)?")
_ABSENT = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
_DENIED = re.compile(
    r"Denied|Token|Signature|Credential|InvalidSecurity|AccessKey|Forbidden|Unauthorized|KMS", re.IGNORECASE
)


@dataclass(frozen=True)
class QueueAddress:
    """What the URL of a queue says."""

    url: str

    endpoint: str
    """Scheme, host and port."""

    region: str | None
    """Null where the host names none."""

    name: str

    is_aws: bool
    """False: a server that speaks as SQS does."""


def queue_address(url: str) -> QueueAddress:
    """Return what the URL of a queue says; raises ``SettingsError`` for one that is no queue's."""
    address = _address(url)
    if address is None:  # it is not shown: a password may stand in it
        raise SettingsError(
            "events must be the URL of an SQS queue, as https://sqs.eu-west-2.amazonaws.com/123456789012/uploads: "
            "no ARN, no name alone, no user, nothing behind the name"
        )
    return address


def _address(url: str) -> QueueAddress | None:
    if not re.fullmatch(r"https?://[!-~]+", url) or re.search(r"[?#@\\]", url):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    path = parts.path.split("/")
    if not host or port == 0 or len(path) < 2 or "" in path[1:] or not _NAME.fullmatch(path[-1]):
        return None
    is_aws = host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))
    if is_aws and not (len(path) == 3 and re.fullmatch(r"\d{12}", path[1])):
        return None
    found = _HOST.search(host)
    region = next(filter(None, found.groups())) if found else None
    return QueueAddress(url, f"{parts.scheme}://{parts.netloc}", region, path[-1], is_aws)


class SqsQueue:
    """A queue by its URL, whose host is the endpoint and names the region, with the keys of a connection.

    Raises ``SettingsError`` for a URL that is no queue's; nothing is asked before a method is called.
    """

    def __init__(
        self, url: str, connection: Connection, *, visibility_s: int = VISIBILITY_S, wait_s: int = WAIT_S
    ) -> None:
        """``visibility_s``: 1 to 43,200; ``wait_s``: 0 to 20."""
        self.address = queue_address(url)
        self.visibility_s = visibility_s
        self._connection = connection
        self._wait_s = wait_s

    def __repr__(self) -> str:
        return f"SqsQueue({self.address.url!r})"

    def count(self) -> int:
        """Return about how many messages wait; without an answer in a second raises ``QueueError``."""
        name = "ApproximateNumberOfMessages"

        def call() -> int:
            told = self._hasty_client.get_queue_attributes(QueueUrl=self.address.url, AttributeNames=[name])
            return int(told["Attributes"][name])

        return self._asked(call, "cannot be counted")

    def receive(self) -> Sequence[Message]:
        """Return up to 10 messages; none: the queue is empty, or has none to give while so many are hidden."""

        def call() -> list[Message]:
            client = self._client
            try:
                told = client.receive_message(
                    QueueUrl=self.address.url,
                    MaxNumberOfMessages=BATCH,
                    VisibilityTimeout=self.visibility_s,
                    WaitTimeSeconds=self._wait_s,
                )
            except client.exceptions.OverLimit:  # 120,000 are hidden: killed runs took them, and they come back
                return []
            return [Message(given["ReceiptHandle"], given.get("Body", "")) for given in told.get("Messages", [])]

        return self._asked(call, "gives no messages")

    def extend(self, messages: Sequence[Message]) -> None:
        """Hide messages for another visibility time."""

        def call(entries: list[Entry]) -> list[Entry]:
            timed = [{**entry, "VisibilityTimeout": self.visibility_s} for entry in entries]
            told = self._client.change_message_visibility_batch(QueueUrl=self.address.url, Entries=timed)
            return list(told.get("Failed", []))

        self._in_batches(messages, call, "could not be kept hidden: they come again")

    def delete(self, messages: Sequence[Message]) -> None:
        """Acknowledge messages."""

        def call(entries: list[Entry]) -> list[Entry]:
            told = self._client.delete_message_batch(QueueUrl=self.address.url, Entries=entries)
            return list(told.get("Failed", []))

        self._in_batches(messages, call, "could not be acknowledged: they come again, which is harmless")

    def _in_batches(
        self, messages: Sequence[Message], call: Callable[[list[Entry]], list[Entry]], trouble: str
    ) -> None:
        """Call with entries of ten messages each, once more with those that failed."""

        def failures(batch: Sequence[Message]) -> list[str]:
            entries = {str(at): {"Id": str(at), "ReceiptHandle": each.receipt} for at, each in enumerate(batch)}
            failed = self._asked(lambda: call(list(entries.values())), trouble)
            if failed:
                again = [entries[each["Id"]] for each in failed if each.get("Id") in entries]
                failed = self._asked(lambda: call(again), trouble) if again else failed
            return [_short(str(each.get("Code"))) or "no reason" for each in failed]

        batches = [messages[start : start + BATCH] for start in range(0, len(messages), BATCH)]
        with ThreadPoolExecutor(min(THREADS, 1 + len(batches) // BATCHES_A_THREAD)) as pool:
            codes = [code for some in pool.map(failures, batches) for code in some]
        if codes:
            why = ", ".join(sorted(set(codes)))
            raise QueueError(f"{self._place}: {len(codes):,} of {len(messages):,} messages {trouble} ({why})")

    def _asked(self, call: Callable[[], T], trouble: str) -> T:
        """Return what a call gives. What botocore raises becomes a ``QueueError`` with nothing behind it.

        Its texts repeat receipts, and what the server said; loggers show causes and contexts.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
        from botocore.parsers import ResponseParserError  # noqa: PLC0415

        try:
            return call()
        except BucketError as error:  # of the connection: a profile that is not there
            why = str(error)
        except ClientError as error:
            why = _refusal(error.response)
        except BotoCoreError as error:
            why = _failure(error)
        except (ResponseParserError, KeyError, TypeError, ValueError):
            why = "it does not answer as an SQS queue does. Check the address"
        raise QueueError(f"{self._place} {trouble}: {why}")

    @property
    def _place(self) -> str:
        return f"the queue {self.address.name} at {self.address.endpoint}"

    @cached_property
    def _client(self) -> Any:
        return self._made(connect_s=CONNECT_S, answer_s=ANSWER_S + self._wait_s, tries=self._connection.max_attempts)

    @cached_property
    def _hasty_client(self) -> Any:
        return self._made(connect_s=COUNT_S, answer_s=COUNT_S, tries=1)

    def _made(self, *, connect_s: float, answer_s: float, tries: int) -> Any:
        from botocore import UNSIGNED  # noqa: PLC0415  -- see Connection.session
        from botocore.config import Config  # noqa: PLC0415

        config = Config(
            connect_timeout=connect_s,
            read_timeout=answer_s,
            retries={"total_max_attempts": tries, "mode": "standard"},
            max_pool_connections=THREADS + 2,
            signature_version=UNSIGNED if self._connection.unsigned else None,
        )
        session = self._connection.session()
        region = self.address.region or self._connection.region or session.region_name
        return session.client(
            "sqs",
            endpoint_url=self.address.endpoint,
            # A server that is not AWS seldom looks at the region of a signature, and botocore must have one.
            region_name=region or (None if self.address.is_aws else "us-east-1"),
            verify=None if self._connection.verify is True else self._connection.verify,  # null: AWS_CA_BUNDLE is asked
            config=config,
        )


def _refusal(response: Mapping[str, Any]) -> str:
    """Return what a server said, by its code alone: its text may hold anything."""
    code = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    shown = _short(code) or f"status {status}"
    if code in _ABSENT:
        return f"there is no such queue ({shown}). Correct `events`, or make the queue"
    if _DENIED.search(code) or status in (401, 403):
        return (
            f"access is denied ({shown}). The credentials of the dataset's connection need sqs:GetQueueAttributes, "
            "sqs:ReceiveMessage, sqs:ChangeMessageVisibility and sqs:DeleteMessage on it, and kms:Decrypt where it "
            "is encrypted"
        )
    return f"it answers {shown}"


def _failure(error: Exception) -> str:
    """Return what went wrong before there was an answer."""
    from botocore import exceptions  # noqa: PLC0415

    kind = type(error).__name__
    if isinstance(error, exceptions.SSLError):
        return "its certificate is not trusted (SSLError). Set the connection's `ca_bundle` or `verify`"
    if isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError):
        return f"it cannot be reached ({kind}). Check the address, and the way there"
    if isinstance(error, exceptions.NoRegionError):
        return "no region is known. Set the connection's region, or AWS_DEFAULT_REGION"
    if re.search(r"Credential|Token|Profile|SSO|Auth", kind):
        return f"there are no credentials that work ({kind}). Check the dataset's connection"
    return f"the request cannot be made ({kind})"


def _short(code: str) -> str:
    """Return a server's code where it is one, and no text."""
    return code if re.fullmatch(r"[\w.:-]{1,80}", code) else ""
