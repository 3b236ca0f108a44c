"""What is said of series that a platform cannot take: the same words on every platform.

One finding a kind with the count, never one a series: a bucket of a million slices is one mistake.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelport.findings import Finding, finding

RENDITION_OF_KIND = {
    "video": "frames",
    "cine": "frames",
    "stack": "window",
    "volume4d": "window",
    "volume": "window",
    "dicom": "window",
    "nifti": "window",
    "audio": "spectrogram",
    "single frames of a file": "frames",
}
"""Kind of rendition that helps, by kind of series or media (specification 1.9)."""

LINES = {
    "frames": "{frames: {kind: frames, select: all, format: jpeg}}",
    "window": "{window: {kind: window, window: auto}}",
    "spectrogram": "{spectrogram: {kind: spectrogram}}",
}
"""What to write below ``renditions:``; the name is the kind."""

EXAMPLES = 5


def what_series_holds(kind: str, media_kinds: Sequence[str], *, frames_chosen: bool = False) -> str:
    """Return the word by which a series is refused: video, cine, stack, volume4d, volume or the media's kind.

    ``frames_chosen``: its items name frames of a file, which no file but a rendition can stand for.
    """
    if frames_chosen:
        return "single frames of a file"
    if kind in {"cine", "stack", "volume4d", "volume"}:
        return kind
    return next((media for media in media_kinds if media != "image"), "image")


def rendition_for(holds: str) -> str | None:
    """Return the kind of rendition that helps, by what a series holds, or null where none does.

    A format may stand before the kind (``avi video``).
    """
    return RENDITION_OF_KIND.get(holds) or RENDITION_OF_KIND.get(holds.rsplit(" ", 1)[-1])


def needs_rendition_message(platform: str, manifest: str, holds: str, *, fitting: Sequence[str] = ()) -> str:
    """Return the literal words of ``manifest.needs_rendition``.

    ``fitting``: names of the dataset's renditions; exactly one makes the hint the ``use`` line alone.
    """
    rendition = rendition_for(holds)
    if rendition is None:
        raise KeyError(holds)
    start = f"{platform} takes no {holds}: add "
    if len(fitting) == 1:
        return start + f'"use: {fitting[0]}" to the manifest "{manifest}"'
    return (
        start + f'"renditions: {LINES[rendition]}" to the dataset and "use: {rendition}" to the manifest "{manifest}"'
    )


@dataclass
class NotTaken:
    """Counts series that are left out, by what they hold."""

    platform: str
    """Name of the platform."""

    manifest: str
    """Name of the manifest."""

    stage: str
    """Name of the stage."""

    renditions: tuple[str, ...] = ()
    """Names of the dataset's renditions."""

    helpless: frozenset[str] = frozenset()
    """Kinds that the platform takes in no form, though a rendition of them exists."""

    _counts: dict[str, int] = field(default_factory=dict)
    _examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any], holds: str) -> None:
        """Count one series (row of the series table)."""
        self._counts[holds] = self._counts.get(holds, 0) + 1
        examples = self._examples.setdefault(holds, [])
        if len(examples) < EXAMPLES:
            examples.append(row["series_id"])

    def findings(self) -> Iterator[Finding]:
        """Yield one finding for each kind; its pointer is the kind, its value the first few series."""
        for holds in sorted(self._counts):
            helped = rendition_for(holds) is not None and holds not in self.helpless
            yield finding(
                "manifest.needs_rendition" if helped else "manifest.kind_not_taken",
                stage=self.stage,
                pointer=f"kind={holds}",
                message=needs_rendition_message(
                    self.platform, self.manifest, holds, fitting=self.renditions if len(self.renditions) == 1 else ()
                )
                if helped
                else f"{self.platform} takes no {holds}: {self._counts[holds]} series were left out",
                value=", ".join(self._examples[holds]),
                count=self._counts[holds],
            )


@dataclass
class Counted:
    """Counts equal findings about many objects into one, with the first few keys as its value."""

    code: str
    """Code of the finding."""

    count: int = 0
    """How many."""

    examples: list[str] = field(default_factory=list)
    """The first few."""

    def add(self, example: str, count: int = 1) -> None:
        """Count one more; an example stands once."""
        self.count += count
        if len(self.examples) < EXAMPLES and example not in self.examples:
            self.examples.append(example)

    def findings(self, *, stage: str, message: str) -> Iterator[Finding]:
        """Yield the finding, where anything was counted; ``{count}`` in the message is the number."""
        if self.count:
            yield finding(
                self.code,
                stage=stage,
                message=message.format(count=self.count),
                value=", ".join(self.examples),
                count=self.count,
            )
