"""Frames over a pipe."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.runners.frames import Died, Done, Failed, PieceFrame, frame_from_host, frame_to_host, send


class Trickle(io.BytesIO):
    """A pipe that gives a byte at a time, as pipes may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(1, size or 0))


IDS = st.integers(0, 2**63)
ANSWERS = st.one_of(st.builds(Done, id=IDS), st.builds(Died, id=IDS, at=st.none() | IDS), st.builds(Failed, id=IDS))


@given(st.lists(ANSWERS))
def test_what_is_sent_is_received(frames: list[Done | Died | Failed]) -> None:
    pipe = Trickle()
    for frame in frames:
        send(pipe, frame)
    pipe.seek(0)
    assert list(iter(lambda: frame_from_host(pipe), None)) == frames


@pytest.mark.parametrize("cut", [0, 3, 8, 20])
def test_a_pipe_that_ends_within_a_frame_is_the_end(cut: int) -> None:
    pipe = io.BytesIO()
    send(pipe, PieceFrame(1, 2, b"some rows and more"))
    assert frame_to_host(io.BytesIO(pipe.getvalue()[:cut])) is None
