"""S3 servers that the tests of several rooms share."""

from collections.abc import Iterator

import pytest

from labelport.storage.connection import Connection


@pytest.fixture(scope="session")
def seaweed() -> Iterator[Connection]:
    """Return how to reach a SeaweedFS; it starts once, and only where a test asks for it."""
    from tests.seaweed import seaweedfs

    with seaweedfs() as connection:
        yield connection


@pytest.fixture(scope="module")
def moto() -> Iterator[Connection]:
    """Return how to reach a moto server. Not for the whole session: each new one empties all others."""
    from tests.moto import moto_server

    with moto_server() as connection:
        yield connection
