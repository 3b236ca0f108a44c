"""The claims of a source in this run: what is read anew of each, and what is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labelport.annotations.changes import Todo, todo
from labelport.annotations.contract import Claim
from labelport.annotations.detecting import Taken, formats, taken
from labelport.annotations.files import AnnotationFile
from labelport.annotations.gathering import Source
from labelport.annotations.kept import PART, SHARED, Before, claims_of
from labelport.annotations.prefetching import prefetched
from labelport.annotations.said import Said


@dataclass(frozen=True)
class Plan:
    """One claim with what is to be done about its parts."""

    id: str
    """Unique over all sources."""

    source: Source
    taken: Taken
    """All parts of today."""

    read: tuple[str, ...]
    """Parts to read."""

    kept: tuple[str, ...]
    """Parts whose rows of the last run stand."""


@dataclass(frozen=True)
class Plans:
    """The claims of a source."""

    claims: list[Plan]

    looked: frozenset[str]
    """Files of which it was asked anew what they are: what was said of that before does not count."""


def plans(files: Sequence[AnnotationFile], source: Source, before: Before, moved: frozenset[str], said: Said) -> Plans:
    """Return the claims of a source. Only heads of files that may tell something new are looked at."""
    wanted = todo(files, before, source.name, moved)
    by_name = {file.name: file for file in files}
    if not wanted.whole:
        found = _taken([by_name[name] for name in wanted.look], source, said) if wanted.look else []
        if _as_before(found, source, before, wanted):
            return Plans(_grown(found, source, before, by_name, wanted.read), frozenset(wanted.look))
        said.forget()
    found = _taken(files, source, said)
    return Plans([_plan(each, source, before, by_name, moved) for each in found], frozenset(by_name))


def _taken(files: Sequence[AnnotationFile], source: Source, said: Said) -> list[Taken]:
    with prefetched(files) as ahead:  # each format looks at each head
        return taken(ahead, source.format, said)


def _claim_id(source: Source, each: Taken) -> str:
    return f"{source.name}/{each.id}"


def _as_before(found: Sequence[Taken], source: Source, before: Before, wanted: Todo) -> bool:
    """Return whether the files that were only looked at are claimed as they were."""
    claims: dict[str, set[str]] = {}
    for each in found:
        for name in (*each.claim.parts, *each.claim.shared):
            claims.setdefault(name, set()).add(_claim_id(source, each))
    return all(_is_as_before(claims.get(name, set()), before.sources[name]) for name in set(wanted.look) - wanted.read)


def _is_as_before(claims: set[str], row: Mapping[str, Any]) -> bool:
    """Return whether a file has the claims that it had; of a shared one only some are looked at."""
    was = set(claims_of(row))
    return claims == was if row["role"] != SHARED else bool(claims) and claims <= was


def _grown(
    found: Sequence[Taken],
    source: Source,
    before: Before,
    by_name: Mapping[str, AnnotationFile],
    read: frozenset[str],
) -> list[Plan]:
    """Return the claims of before with what was found now."""
    new = {_claim_id(source, each): each for each in found}
    moved_away = {name for each in found for name in each.claim.parts if name in read}
    made = []
    for claim in dict.fromkeys([*_claims_of(source, before), *new]):
        parts = [
            name for name in before.parts_of(claim) if name in by_name and name not in moved_away and name not in read
        ]
        each = new.get(claim)
        fresh = [name for name in each.claim.parts if name in read] if each is not None else []
        if not parts and not fresh:
            continue
        names = tuple(sorted([*parts, *fresh], key=str.encode))
        whole = _claim_before(claim, before, names) if each is None else each.claim
        format_id = claim.split("/", 1)[1].split(":", 1)[0]
        reader = each.format if each is not None else formats()[format_id]
        taken_now = Taken(reader, replace(whole, parts=names))
        made.append(Plan(claim, source, taken_now, tuple(sorted(fresh, key=str.encode)), tuple(parts)))
    return made


def _claims_of(source: Source, before: Before) -> list[str]:
    claims = (row["claim"] for row in before.sources.values() if row["source"] == source.name and row["role"] == PART)
    return list(dict.fromkeys(claims))


def _claim_before(claim: str, before: Before, parts: tuple[str, ...]) -> Claim:
    rows = [row for row in before.sources.values() if claim in claims_of(row)]
    shared = tuple(row["source_file"] for row in rows if row["role"] == SHARED)
    part = next((row for row in rows if row["role"] == PART), rows[0])
    return Claim(parts, shared, part["confidence"] or 0.0, part["why"] or "")


def _plan(
    each: Taken, source: Source, before: Before, by_name: Mapping[str, AnnotationFile], moved: frozenset[str]
) -> Plan:
    """Return a claim whose parts are kept where neither they nor what they share changed."""
    claim = _claim_id(source, each)

    def same(name: str, role: str) -> bool:
        row = before.sources.get(name)
        equal = row is not None and row["token"] == by_name[name].token
        return equal and claim in claims_of(row) and row["role"] == role  # type: ignore[arg-type, index]

    shared = all(same(name, SHARED) for name in each.claim.shared)
    kept = tuple(name for name in each.claim.parts if shared and same(name, PART) and name not in moved)
    return Plan(claim, source, each, tuple(name for name in each.claim.parts if name not in set(kept)), kept)
