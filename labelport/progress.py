"""How long work tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    """``progress(phase, done, total)``; total is null where it is not known yet."""

    def __call__(self, phase: str, done: int, total: int | None, /) -> None:
        """Tell."""
        ...


def silent(phase: str, done: int, total: int | None, /) -> None:
    """Tell nobody."""
