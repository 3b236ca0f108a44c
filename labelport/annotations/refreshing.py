"""One run over all sources: claims, what is read anew, and the rows of before joined with it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.changes import has_volumes, moved_files, moved_volumes
from labelport.annotations.claiming import Plan, plans
from labelport.annotations.confined import Confined, Read
from labelport.annotations.contract import Parsed, ReadContext
from labelport.annotations.detecting import Taken, is_media, tell_media
from labelport.annotations.files import AnnotationFile
from labelport.annotations.gathering import OWN, Source
from labelport.annotations.joining import joined, numbered
from labelport.annotations.kept import AND, DOUBLE, PART, SHARED, UNKNOWN, Before, claims_of, only_files
from labelport.annotations.matching import Matcher
from labelport.annotations.ordering import by_first_use, in_file_order, renamed
from labelport.annotations.reading import read_claim
from labelport.annotations.said import Said
from labelport.annotations.volumes.doubles import doubles_of, tell_doubles
from labelport.annotations.volumes.image_volume import NoVolumes, Volumes
from labelport.progress import Progress

ONCE = frozenset({"yolo.no_labels", "keras.no_labels", "yolo.looks_top_left", "yolo.origin_taken", "voc.origin"})
"""Codes that are said once for a claim, at its first part: parts alone would say them again."""

MEDIA = "media"
"""Role of a picture among the annotation files."""


@dataclass
class Refreshed:
    """What a run read and kept."""

    rows: AnnotationSet
    sources: list[dict[str, Any]]
    """Rows of ``tables.SOURCES``, but for the counts."""

    said: Said
    """What was found now."""

    read: frozenset[str] = frozenset()
    """Files that were read."""

    kept: frozenset[str] = frozenset()
    """Files of which all that was said before still holds."""

    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """The files of one source, and the reader of its format where it has one of its own."""

    source: Source
    files: Sequence[AnnotationFile]
    read: Read | None = None
    """Reads the parts of a claim; null: this process does."""


def refreshed(
    listings: Sequence[Listing],
    before: Before,
    index: pa.Table,
    progress: Progress,
    volumes: Callable[[], Volumes] = NoVolumes,
) -> Refreshed:
    """Return the rows of all sources: files whose rows of before stand are not opened.

    ``volumes`` gives the series as grids; it is asked only where labels of volumes were read before.
    """
    said = Said()
    sets: list[AnnotationSet] = []
    sources: list[dict[str, Any]] = []
    read: set[str] = set()
    unread: set[str] = set()
    displaced = moved_volumes(before, volumes()) if has_volumes(before) else frozenset()
    for listing in listings:
        source = listing.source
        placing = Said()
        place = Matcher(index, source.options, placing, roots=source.roots)
        moved = displaced | moved_files(before, Matcher(index, source.options, Said(), roots=source.roots))
        looked = Said()
        planned = plans(listing.files, source, before, moved, looked)
        # In one order, whichever of them were looked at: two may share a list of categories.
        found = sorted(planned.claims, key=lambda plan: plan.id)
        said.take(looked)
        by_name = {file.name: file for file in listing.files}
        roles = _roles(found)
        if isinstance(listing.read, Confined):
            listing.read.ahead([_narrowed(plan, plan.read) for plan in found if plan.read and not plan.kept], by_name)
        for done, plan in enumerate(found):
            progress("reading annotations", done, len(found))
            read_parts = listing.read or _Here(_context(source, place, volumes), placing)
            parsed, plan_read = _parsed(plan, by_name, before, read_parts, said)
            read |= set(plan_read)
            kept = [name for name in plan.kept if name not in set(plan_read)]
            unread |= {*kept, *plan.taken.claim.shared} if kept else set()
            sets.append(_combined(plan, before, kept, parsed.annotations if plan_read else None))
            evidence = {**before.evidence(kept), **parsed.evidence}
            decided = parsed.decided or before.decided(plan.id)
            sources += [
                _row(by_name[name], plan, PART, decided, evidence.get(name, {})) for name in plan.taken.claim.parts
            ]
            sources += [_row(by_name[name], plan, SHARED, {}, {}) for name in plan.taken.claim.shared]
        sources += [
            _loose(file, source, MEDIA if is_media(file.name) else UNKNOWN)
            for file in listing.files
            if file.name not in roles
        ]
        unread |= {file.name for file in listing.files if file.name not in roles} - planned.looked
    tell_media(sum(row["role"] == MEDIA for row in sources), said)
    sources = _one_row_a_file(sources)
    # The dataset's own files come before results, whatever they are called.
    ordered = sorted(sources, key=lambda row: row["source"] != OWN)
    rows = in_file_order(joined(sets), [row["source_file"] for row in ordered], _first_files(ordered))
    return counted_once(Refreshed(rows, sources, said, frozenset(read), frozenset(unread)))


def _one_row_a_file(sources: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows by name; a file that several claims share names them all."""
    made: dict[str, dict[str, Any]] = {}
    for row in sources:
        known = made.setdefault(row["source_file"], row)
        if known is not row:
            together = sorted({*claims_of(known), *claims_of(row)})
            made[row["source_file"]] = known | {"claim": AND.join(together)}
    return sorted(made.values(), key=lambda row: row["source_file"].encode())


def counted_once(run: Refreshed) -> Refreshed:
    """Return a run without the rows of DICOM objects that lie there twice; the dataset's own files come first."""
    ordered = [row["source_file"] for row in sorted(run.sources, key=lambda each: each["source"] != OWN)]
    doubles = doubles_of(run.rows.documents, ordered)
    if not doubles:
        return run
    tell_doubles(doubles, run.said)
    kept = [name for name in ordered if name not in doubles]
    sources = [row | {"role": DOUBLE} if row["source_file"] in doubles else row for row in run.sources]
    return replace(run, rows=only_files(run.rows, kept), sources=sources, kept=run.kept - doubles.keys())


def _context(source: Source, place: Matcher, volumes: Callable[[], Volumes]) -> ReadContext:
    return ReadContext(options=source.options, place=place, volumes=volumes())


def _roles(found: Sequence[Plan]) -> set[str]:
    return {name for plan in found for name in (*plan.taken.claim.parts, *plan.taken.claim.shared)}


@dataclass(frozen=True)
class _Here:
    """Reads in this process."""

    context: ReadContext
    placing: Said
    """Where ``context.place`` says what it finds."""

    def __call__(
        self, taken: Taken, files: Mapping[str, AnnotationFile], decided: Mapping[str, str]
    ) -> tuple[Parsed, Said]:
        said = Said()
        self.placing.forget()
        done = read_claim(taken, files, replace(self.context, said=said, decided=decided))
        said.take(self.placing)
        return done.parsed, said


def _parsed(
    plan: Plan, files: Mapping[str, AnnotationFile], before: Before, read: Read, said: Said
) -> tuple[Parsed, tuple[str, ...]]:
    """Return what was read of a claim, and which parts: all of them where they say something else together now."""
    was_parts = before.parts_of(plan.id)
    gone = set(was_parts).difference(plan.taken.claim.parts)
    if not plan.read and not gone:
        return Parsed(AnnotationSet()), ()
    if plan.kept and before.told(was_parts) & ONCE:
        return _whole(plan, files, read, said)
    decide = getattr(plan.taken.format, "decide", None)
    was = before.decided(plan.id) if plan.kept else {}
    parsed, told = read(_narrowed(plan, plan.read), files, was) if plan.read else (Parsed(AnnotationSet()), Said())
    if plan.kept and ONCE & {found.code for found in told.findings()}:
        return _whole(plan, files, read, said)
    if plan.kept and decide is not None:
        total: Counter[str] = Counter()
        for counts in [*before.evidence(plan.kept).values(), *parsed.evidence.values()]:
            total.update(counts)
        if dict(decide(total, plan.source.options)) != was:
            return _whole(plan, files, read, said)
    said.take(told)
    return parsed, plan.read


def _whole(plan: Plan, files: Mapping[str, AnnotationFile], read: Read, said: Said) -> tuple[Parsed, tuple[str, ...]]:
    """Read all parts of a claim."""
    parsed, told = read(plan.taken, files, {})
    said.take(told)
    return parsed, plan.taken.claim.parts


def _narrowed(plan: Plan, parts: Sequence[str]) -> Taken:
    return Taken(plan.taken.format, replace(plan.taken.claim, parts=tuple(parts)))


def _combined(plan: Plan, before: Before, kept: Sequence[str], new: AnnotationSet | None) -> AnnotationSet:
    """Return the rows of a claim: those of before and those that were read now, as if all had been read now."""
    shared = plan.taken.claim.shared
    old = only_files(before.rows, [*kept, *shared]) if kept else None
    rows = joined([each for each in (old, new) if each is not None])
    if shared or getattr(plan.taken.format, "separate", False):
        return _listed_once(rows)
    return by_first_use(in_file_order(rows, plan.taken.claim.parts, {}))


def _listed_once(rows: AnnotationSet) -> AnnotationSet:
    """Return the set with one row for each category of a list that was read twice."""
    columns = [rows.categories.column(name).to_pylist() for name in ("source_file", "source_id", "name")]
    seen: dict[tuple[Any, ...], int] = {}
    keys = list(zip(*columns, strict=True))
    keep = [row for row, key in enumerate(keys) if key[1] is None or seen.setdefault(key, row) == row]
    if len(keep) == len(keys):
        return rows
    number = {row: new for new, row in enumerate(keep)}
    category_of = [number.get(row, number.get(seen.get(key, row), -1)) for row, key in enumerate(keys)]
    made = replace(rows, categories=numbered(rows.categories.take(pa.array(keep))))
    return renamed(made, image_of=np.arange(rows.images.num_rows), category_of=np.array(category_of, np.int64))


def _row(
    file: AnnotationFile, plan: Plan, role: str, decided: Mapping[str, str], evidence: Mapping[str, int]
) -> dict[str, Any]:
    claim = plan.taken.claim
    return {
        **_loose(file, plan.source, role),
        "format": plan.taken.format.id,
        "claim": plan.id,
        "confidence": claim.confidence,
        "why": claim.why,
        "decided": list(decided.items()),
        "evidence": list(evidence.items()),
    }


def _loose(file: AnnotationFile, source: Source, role: str) -> dict[str, Any]:
    return {
        "source_file": file.name,
        "source": source.name,
        "token": file.token,
        "size": file.size,
        "format": "",
        "role": role,
        "claim": "",
        "confidence": None,
        "why": None,
        "decided": [],
        "evidence": [],
    }


def _first_files(sources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the first file of the claim of each file."""
    first: dict[str, str] = {}
    for row in sources:
        for claim in claims_of(row):
            first.setdefault(claim, row["source_file"])
    return {row["source_file"]: first[claims_of(row)[0]] for row in sources if row["claim"]}
