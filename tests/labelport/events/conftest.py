"""A moto server for the queues of this folder."""

from collections.abc import Iterator

import pytest

from labelport.storage.connection import Connection
from tests.labelport.events.queues import Uploads
from tests.moto import moto_server


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with moto_server() as found:
        yield found


@pytest.fixture
def uploads(connection: Connection) -> Iterator[Uploads]:
    made = Uploads(connection)
    yield made
    made.drop()
