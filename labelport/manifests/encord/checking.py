"""Checking Encord's files, whatever they are: JSON, CSV, the index of their chunks, the plan of groups."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from labelport.findings import Finding
from labelport.manifests.chunks import HEAD_BYTES, check_chunked, is_index
from labelport.manifests.encord.check_csv import CsvCheck
from labelport.manifests.encord.check_json import JsonCheck
from labelport.manifests.encord.check_plan import check_plan
from labelport.manifests.encord.detecting import is_csv, is_plan
from labelport.manifests.encord.dialects import dialect_for
from labelport.manifests.encord.options import EncordOptions
from labelport.manifests.encord.seen import Seen, manifest_of


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
    seen: dict[str, Seen] = defaultdict(Seen)

    def check_one(path: Path, head: bytes) -> tuple[list[Finding], tuple[int, int] | None]:
        if is_plan(path.name, head):
            return check_plan(path), None
        kind = CsvCheck if is_csv(path.name, head) else JsonCheck
        check = kind(path, options, seen[manifest_of(path)])
        check.run()
        return check.collected.findings(), check.counts

    return check_chunked(files, check_one)
