"""Progress bars on standard error, where somebody is looking."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from labelport.progress import Progress, silent


@contextmanager
def bars() -> Iterator[Progress]:
    """Give a progress that draws one bar a phase; on anything but a terminal it is silent."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console  # noqa: PLC0415  -- `--help` needs none
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as drawn:
        tasks: dict[str, object] = {}

        def tell(phase: str, done: int, total: int | None, /) -> None:
            if phase not in tasks:
                tasks[phase] = drawn.add_task(phase, total=total)
            drawn.update(tasks[phase], completed=done, total=total)  # type: ignore[arg-type]  # a TaskID

        yield tell
