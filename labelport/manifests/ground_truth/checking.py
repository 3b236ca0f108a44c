"""Checking Ground Truth's files, whatever they are: lines, sequence files, the index of chunks."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from labelport.findings import Finding
from labelport.manifests.chunks import check_chunked
from labelport.manifests.ground_truth.check_lines import LinesCheck, Seen
from labelport.manifests.ground_truth.check_sequence import SequenceCheck
from labelport.manifests.ground_truth.detecting import is_sequence

_NUMBER = re.compile(r"\.\d{4,}(?=\.jsonl$)")


def check_ground_truth(files: Sequence[Path]) -> list[Finding]:
    """Return every violation of the files, in their order; each index after the chunks that it names.

    Chunks of one manifest are one file to the search for doubles. A file that cannot be opened is a finding.
    """
    seen: dict[str, Seen] = defaultdict(Seen)

    def check_one(path: Path, head: bytes) -> tuple[list[Finding], tuple[int, int] | None]:
        if is_sequence(path.name, head):
            sequence = SequenceCheck(path)
            sequence.run()
            return sequence.collected.findings(), None
        lines = LinesCheck(path, seen[_NUMBER.sub("", str(path))])
        lines.run()
        return lines.collected.findings(), lines.counts

    return check_chunked(files, check_one)
