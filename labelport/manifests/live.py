"""The files of the live generation under fixed names, for people and platforms.

``<publish>/manifests/<name>/`` holds a copy; ``LIVE`` in it names the generation that was copied whole.
A run that finds ``LIVE`` behind ``CURRENT`` repeats the copy, so a killed one heals.
"""

from collections.abc import Mapping
from typing import Protocol

from labelport.errors import ObjectAbsent
from labelport.storage.contract import Bucket

LIVE = "LIVE"
PLACED = "PLACED"
"""Beside it: names the generation whose outputs were put into the raw bucket whole (``placing.py``)."""


class FileEntry(Protocol):
    """What a generation says of a file."""

    @property
    def sha256(self) -> str:
        """Return the digest, hex."""
        ...


class FileGeneration(Protocol):
    """The part of a generation that is copied."""

    @property
    def id(self) -> str:
        """Return its id."""
        ...

    def files(self) -> Mapping[str, FileEntry]:
        """Return its files by name."""
        ...

    def read_file(self, name: str) -> bytes:
        """Return a file's bytes."""
        ...


def folder_of(name: str) -> str:
    """Return the folder of a manifest's live files below ``publish``."""
    return f"manifests/{name}/"


def copy_order(files: Mapping[str, object], name: str) -> list[str]:
    """Return the files in the order in which they are copied.

    Manifests first, each index after the manifest that it points into, then README and the list of
    skipped items, and ``<name>.index.json`` last: whoever finds it finds all that it names.
    """

    def rank(file: str) -> tuple[int, str]:
        tail = file.rsplit("/", 1)[-1]
        if tail == f"{name}.index.json":
            return 3, file
        if tail.endswith((".README.txt", ".skipped.csv")):
            return 2, file
        return (1 if tail == "index.json" else 0), file

    return sorted(files, key=rank)


def live_generation(publish: Bucket, name: str) -> str | None:
    """Return the id of the generation that ``LIVE`` names, or null where there is none."""
    try:
        return publish.get(folder_of(name) + LIVE).body.decode("utf-8", "replace").strip()
    except ObjectAbsent:
        return None


def publish_live(publish: Bucket, name: str, current: FileGeneration, *, before: FileGeneration | None = None) -> int:
    """Make the fixed names show a generation; return how many files were written or removed.

    The files are written, not linked: people fill in a draft where it lies, and a link would change the
    generation under them. Nothing is written where ``LIVE`` names it already. Files that are equal in ``before`` are left, where
    ``LIVE`` says that it was copied whole.
    """
    shown = live_generation(publish, name)
    if shown == current.id:
        return 0
    folder, files = folder_of(name), current.files()
    there = before.files() if before is not None and before.id == shown else {}
    done = 0
    for file in copy_order(files, name):
        if file in there and there[file].sha256 == files[file].sha256:
            continue
        publish.put(folder + file, current.read_file(file))
        done += 1
    keep = {folder + file for file in files} | {folder + LIVE, folder + PLACED}
    stale = [key for batch in publish.list(folder) for key in batch.column("key").to_pylist() if key not in keep]
    for key in sorted(stale):
        publish.delete(key)
    publish.put(folder + LIVE, f"{current.id}\n".encode())
    return done + len(stale)
