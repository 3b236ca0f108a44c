"""Checking Encord's files, whatever they are: JSON, CSV, the index of their chunks, the plan of groups."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from labelport.findings import Finding, finding
from labelport.manifests.chunks import check_index, is_index
from labelport.manifests.encord.check_csv import CsvCheck
from labelport.manifests.encord.check_json import JsonCheck
from labelport.manifests.encord.check_plan import check_plan
from labelport.manifests.encord.detecting import is_csv, is_plan
from labelport.manifests.encord.dialects import dialect_for
from labelport.manifests.encord.options import EncordOptions
from labelport.manifests.encord.seen import Seen, manifest_of

HEAD_BYTES = 4096


def form_of(path: Path, options: EncordOptions) -> Literal["index", "plan", "csv", "file", "sdk"]:
    """Return what one of Encord's files is: an index of chunks, a plan of groups, CSV, or JSON of which dialect."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if is_index(path.name, head):
        return "index"
    if is_plan(path.name, head):
        return "plan"
    return "csv" if is_csv(path.name, head) else dialect_for(path, options).name


def check_encord(files: Sequence[Path], options: EncordOptions) -> list[Finding]:
    """Return every violation of the files, in their order; each index after the chunks that it names.

    Chunks of one manifest are one file to the search for doubles. A file that cannot be opened is a finding.
    """
    found: list[Finding] = []
    seen: dict[str, Seen] = defaultdict(Seen)
    counts: dict[Path, tuple[int, int]] = {}
    indices: list[Path] = []
    for path in files:
        try:
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
            if is_index(path.name, head):
                indices.append(path)
            elif is_plan(path.name, head):
                found += check_plan(path)
            else:
                kind = CsvCheck if is_csv(path.name, head) else JsonCheck
                check = kind(path, options, seen[manifest_of(path)])
                check.run()
                counts[path] = check.counts
                found += check.collected.findings()
        except OSError as error:
            words = f"the file cannot be read: {error.strerror}"
            found.append(finding("manifest.unreadable", stage="check", file=str(path), message=words))
    return [*found, *(each for path in indices for each in check_index(path, counts.get))]
