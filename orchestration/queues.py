"""How many events wait in the queues of datasets, asked from the sensor."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import dagster as dg

from assets.resources import resource_key
from labelport.errors import LabelportError
from labelport.events.sqs import SqsQueue
from labelport.storage.connection import Connection
from orchestration.watch import Watch

THREADS = 16
"""Queues asked at once; each answers within a second or is left for the next tick."""


def build_count_messages(resources: Mapping[str, Any]) -> Callable[[Watch], int]:
    """Return what counts the messages of a dataset's queue with the dataset's own connection.

    A queue is opened once: its client costs 75 ms, and the sensor asks every ten seconds.
    """

    @cache
    def queue(events: str, connection: str) -> SqsQueue:
        return SqsQueue(events, resolved_connection(resources, connection))

    return lambda watch: queue(str(watch.events), watch.connection).count()


def resolved_connection(resources: Mapping[str, Any], connection: str) -> Connection:
    """Return a connection with the environment's values filled in, as a run gets it."""
    key = resource_key(connection)
    with dg.build_resources({key: resources[key]}) as resolved:
        found: Connection = getattr(resolved, key)
        return found


def waiting_messages(
    watched: Iterable[Watch], count_messages: Callable[[Watch], int], *, warn: Callable[[str], object]
) -> dict[str, int]:
    """Return how many events wait, by dataset; a queue that cannot be asked is warned of and counts as empty."""

    def counted(watch: Watch) -> tuple[str, int, str | None]:
        try:
            return watch.name, count_messages(watch), None
        except (LabelportError, dg.DagsterError) as error:
            return watch.name, 0, f"{watch.name}: its queue was not asked, events wait there. {error}"

    with_queue = [watch for watch in watched if watch.events]
    if not with_queue:
        return {}
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(counted, with_queue))
    for _, _, warning in found:
        if warning is not None:
            warn(warning)
    return {name: count for name, count, _ in found}
