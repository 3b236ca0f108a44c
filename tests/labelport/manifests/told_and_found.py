"""What must be read back from any manifest, said from the tables alone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from labelport.findings import Finding
from labelport.testing.manifest import Prefix
from tests.labelport.manifests.any_tables import text_of

Group = tuple[str, list[str]]
Order = Callable[[str, int, str], Any]

URL_BASE, URI_BASE = "https://media.example/made", "s3://made-media"
MEMBERS = {"image", "audio", "video"}

LEAVES_OUT = {
    "manifest.duplicate_url",
    "manifest.kind_not_taken",
    "encord.csv_unsupported",
    "encord.unconfirmed_key",
    "centaur.ungrouped",
    "centaur.multiframe",
    "cvat.video_skipped",
    "cvat.no_extension",
    "cvat.extension_unlisted",
}
"""Codes below error that say of an object or series that it was left out."""

TAKES_APART = {"manifest.ungrouped", "encord.sequence_mixed_size"}
"""Codes that say of a series that its members are entries of their own."""


def in_order_of_the_tables(series: str, index: int, key: str) -> Any:
    """Return what members are sorted by: series by the bytes of their id, members by index."""
    return series.encode(), index


def in_order_of_the_keys(series: str, index: int, key: str) -> Any:
    """Return what members are sorted by where a platform goes by the names of files."""
    return key


@dataclass(frozen=True)
class Member:
    """One object as a member of its series."""

    series: str
    key: str
    kept_with: tuple[object, ...]
    """Kind of its series, its own kind, and whether it is alone: equal ones stand in one place of a manifest."""


def members_of(prefix: Prefix, order: Order) -> list[Member]:
    """Return each object that is a member of a series, once, in the order in which a manifest names them."""
    kinds = {row["series_id"]: row["kind"] for row in prefix.series}
    media = {row["key"]: row for row in prefix.media}
    rows = sorted(
        (row for row in prefix.items if row["role"] in MEMBERS),
        key=lambda row: order(row["series_id"], row["index"], row["key"]),
    )
    alone = {row["key"] for row in rows if sum(other["series_id"] == row["series_id"] for other in rows) == 1}
    return list(
        dict.fromkeys(
            Member(
                row["series_id"], row["key"], (kinds[row["series_id"]], media[row["key"]]["kind"], row["key"] in alone)
            )
            for row in rows
        )
    )


def keys_by_address(prefix: Prefix) -> dict[str, str]:
    """Return the object of each form in which a platform may call it."""
    found: dict[str, str] = {}
    for row in prefix.media:
        key = row["key"]
        forms = (f"{URL_BASE}/{quote(key, safe='/')}", f"{URI_BASE}/{key}", key, key.replace("\\", "/"), text_of(key))
        for address in forms:
            assert found.setdefault(address, key) == key
    return found


def assert_whole_and_in_order(
    groups: Sequence[Group], prefix: Prefix, told: Iterable[str], findings: Sequence[Finding], *, order: Order
) -> None:
    """Assert that exactly the series told were written, whole, in order, each under its own name.

    A member may be absent only where members are entries of their own, and where a finding names it, or the kind
    of media that is not taken of its series.
    """
    series_told = set(told)
    by_address = keys_by_address(prefix)
    members = {member.key: member for member in members_of(prefix, order)}
    company = _company(prefix)
    media = {row["key"]: row["kind"] for row in prefix.media}
    found: dict[tuple[object, ...], list[Member]] = defaultdict(list)
    in_one_entry: set[str] = set()
    entries: Counter[str] = Counter()
    for name, addresses in groups:
        keys = [by_address[address] for address in addresses]
        own = [members[key] for key in keys if key in members]
        for member in own:
            found[member.kept_with].append(member)
        assert [member.key for member in own] == keys[: len(own)], "company stands behind the members"
        if name:  # else the format knows no series: all stand in one row
            owners = {frozenset({member.series}) for member in own} | {company[k] for k in keys if k not in members}
            (series,) = frozenset.intersection(*owners) & {name.split("/")[0]}
            in_one_entry |= {series} if len(own) > 1 else set()
            entries[series] += bool(own)

    there = {member.key for some in found.values() for member in some}
    lost = {f.file for f in findings if leaves_out(f)}
    kinds = {(f.pointer.removeprefix("kind="), name) for f in findings for name in (f.value or "").split(", ")}
    expected: dict[tuple[object, ...], list[Member]] = defaultdict(list)
    for member in members.values():
        may_be_absent = member.key in lost or (media[member.key], member.series) in kinds
        may_be_absent = may_be_absent and member.series not in in_one_entry
        if member.series in series_told and (member.key in there or not may_be_absent):
            expected[member.kept_with].append(member)
    assert found == expected
    assert {member.series for some in found.values() for member in some} == series_told
    assert not unnamed({series for series, count in entries.items() if count > 1}, findings, TAKES_APART)
    shown = {by_address[address] for _, addresses in groups for address in addresses}
    for row in prefix.items:
        if row["role"] == "context" and row["series_id"] in _recordings(prefix) & series_told:
            assert row["key"] in shown, "a recording without its picture"


def assert_the_rest_is_explained(prefix: Prefix, told: Iterable[str], findings: Sequence[Finding]) -> None:
    """Assert that each series without an entry is named by a finding, or counted in one that names the first few."""
    about = {f.file for f in findings if f.file and leaves_out(f)}
    named = {row["series_id"] for row in prefix.items if row["key"] in about}
    codes = {f.code for f in findings if leaves_out(f)}
    assert not unnamed({row["series_id"] for row in prefix.series} - set(told) - named, findings, codes)


def unnamed(series: set[str], findings: Sequence[Finding], codes: Iterable[str]) -> set[str]:
    """Return the series that no finding of these codes names; none where one that names the first few counts them."""
    said = [f for f in findings if f.code in codes]
    named = {name for f in said for name in (f.value or "").split(", ")} | {f.series_id for f in said}
    more = sum(f.count - len((f.value or "").split(", ")) for f in said if f.value)
    left = series - named
    return left if len(left) > more else set()


def leaves_out(found: Finding) -> bool:
    """Return whether a finding says that something was left out."""
    return found.severity == "error" or found.code in LEAVES_OUT


def _company(prefix: Prefix) -> Mapping[str, frozenset[str]]:
    """Return the series that each context image belongs to."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in prefix.items:
        if row["role"] == "context":
            found[row["key"]].add(row["series_id"])
    return {key: frozenset(series) for key, series in found.items()}


def _recordings(prefix: Prefix) -> set[str]:
    return {row["series_id"] for row in prefix.series if row["kind"] == "audio_image"}
