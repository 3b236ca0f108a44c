"""Which CSV files are Centaur's results, by their header."""

import csv
from collections.abc import Sequence

from labelport.annotations.contract import Claim
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.csv.headers import DELIMITERS, plain

SURE, TOLD = 0.95, 0.6

NAMES = frozenset(("origin", "contentid"))
LABELS = frozenset(("correctlabel", "majoritylabel", "patch"))


def claims_of(files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
    """Return a claim a confidence: files of one confidence are read with each other."""
    found: dict[float, list[str]] = {}
    for file in files:
        columns = columns_of(file.head())
        if columns & NAMES and columns & LABELS:
            found.setdefault(SURE, []).append(file.name)
        elif told and (columns & NAMES or file.name.lower().endswith((".csv", ".tsv"))):
            found.setdefault(TOLD, []).append(file.name)
    why = "columns of Centaur's results"
    return [Claim(tuple(names), confidence=sure, why=why) for sure, names in found.items()]


def columns_of(head: bytes) -> frozenset[str]:
    """Return the names of the columns in the first line, as they are compared."""
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = head.decode(encoding, "replace")
    line = next((line for line in text.splitlines() if line.strip()), "")
    best: frozenset[str] = frozenset()
    for delimiter in DELIMITERS:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            continue
        best = max(best, frozenset(plain(cell.strip()) for cell in cells), key=len)
    return best
