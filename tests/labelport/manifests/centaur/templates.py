"""Templates as the portal gives them, and emitting with one."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from labelport.findings import Finding
from labelport.manifests.centaur import Centaur, CentaurOptions
from labelport.manifests.checking import files_below
from labelport.testing.manifest import Prefix, emit_to, files_of, media_row

HEADER = ("content_id", "origin", "series", "series_index", "notes")


def template(
    rows: Iterable[Sequence[str]], *, header: Sequence[str] = HEADER, quoting: Literal[0, 1, 2, 3] = csv.QUOTE_MINIMAL
) -> bytes:
    """Return a template; rows shorter than the header are filled up with blanks."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=quoting)
    writer.writerow(header)
    writer.writerows([*row, *[""] * (len(header) - len(row))] for row in rows)
    return text.getvalue().encode()


def frames(prefix: Prefix, name: str, keys: Sequence[str], **given: Any) -> str:
    """Add a series of images under an id that is its name."""
    identity = prefix.add(name, [media_row(key) for key in keys], kind="frames", rule="pattern", **given)
    for row in (*prefix.series, *prefix.items):
        row["series_id"] = name if row["series_id"] == identity else row["series_id"]
    return name


@dataclass
class Result:
    """What was written and said."""

    files: dict[str, bytes]
    findings: list[Finding]
    told: list[str]
    entries: int

    def lines(self, name: str = "centaur.csv") -> list[str]:
        """Return the lines of a file; none where it was not written."""
        return self.files.get(name, b"").decode().splitlines()

    def codes(self) -> dict[str, str]:
        """Return severities by code."""
        return {f.code: f.severity for f in self.findings}

    def said(self, code: str) -> Finding:
        """Return the only finding of a code."""
        (found,) = [f for f in self.findings if f.code == code]
        return found


def fill(folder: Path, prefix: Prefix, body: bytes, **options: Any) -> Result:
    """Emit with a template, assert that the check accepts what was written, return it."""
    told: list[str] = []
    model = CentaurOptions(template="t.csv", **options)
    emitted = emit_to(folder, Centaur(), model, prefix, files={"t.csv": body}, wrote=told.append)
    found = Centaur().check(files_below([folder]), model)
    assert [f for f in found if f.severity == "error"] == []
    assert len(told) == len(set(told))
    return Result(files_of(folder) if folder.exists() else {}, emitted.findings, told, emitted.entries)
