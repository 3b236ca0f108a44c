"""Checking Ground Truth's files, whatever they are: lines, sequence files, the index of chunks."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from labelport.findings import Finding, finding
from labelport.manifests.chunks import check_index, is_index
from labelport.manifests.ground_truth.check_lines import LinesCheck, Seen
from labelport.manifests.ground_truth.check_sequence import SequenceCheck
from labelport.manifests.ground_truth.detecting import is_sequence

HEAD_BYTES = 4096

_NUMBER = re.compile(r"\.\d{4,}(?=\.jsonl$)")


def check_ground_truth(files: Sequence[Path]) -> list[Finding]:
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
            elif is_sequence(path.name, head):
                sequence = SequenceCheck(path)
                sequence.run()
                found += sequence.collected.findings()
            else:
                lines = LinesCheck(path, seen[_NUMBER.sub("", str(path))])
                lines.run()
                counts[path] = lines.counts
                found += lines.collected.findings()
        except OSError as error:
            words = f"the file cannot be read: {error.strerror}"
            found.append(finding("manifest.unreadable", stage="check", file=str(path), message=words))
    return [*found, *(each for path in indices for each in check_index(path, counts.get))]
