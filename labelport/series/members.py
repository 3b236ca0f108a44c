"""What the members of a series have in common, and the rows that say so."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labelport.privacy import series_id
from labelport.series.contract import RuleContext

Row = Mapping[str, Any]

MEMBER_COLUMNS = ("kind", "format", "status", "width", "height", "phi_risk")
"""Media columns that ``series_row`` reads of each member."""

RISKS = ("none", "text", "high")
"""Values of ``phi_risk``, the least first."""

COUNTED = ("image", "audio", "video")
"""Roles that claim an object, and that ``series.items`` counts."""

DAMAGED = ("partial", "truncated")
"""Statuses of members that are good enough, with the flag ``damaged``."""


def series_row(
    context: RuleContext,
    rule: str,
    group_key: str,
    *,
    kind: str,
    members: Sequence[Row],
    items: int,
    order_basis: str | None = None,
    flags: Iterable[str] = (),
    dims: Sequence[tuple[str, int]] = (),
    attributes: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return a row of ``tables.SERIES``; size, risk and the flags of all rules come from the members."""
    width, height, mixed = common_size(members)
    found = set(flags)
    if mixed:
        found.add("mixed_size")
    if any(member["status"] in DAMAGED for member in members):
        found.add("damaged")
    return {
        "series_id": series_id(dataset=context.dataset, rule=rule, group_key=group_key, key=context.hmac_key),
        "rule": rule,
        "kind": kind,
        "group_key": group_key,
        "parent_id": None,
        "order_basis": order_basis,
        "items": items,
        "width": width,
        "height": height,
        "dims": [{"name": name, "size": size} for name, size in dims],
        "flags": sorted(found),
        "attributes": sorted((attributes or {}).items()),
        "metadata": [],
        "phi_risk": highest_risk(member["phi_risk"] for member in members),
    }


def item_row(
    series: str,
    index: int,
    role: str,
    member: Row,
    *,
    channel: str | None = None,
    version: str | None = None,
    of_index: int | None = None,
    label_this: bool = True,
) -> dict[str, Any]:
    """Return a row of ``tables.ITEMS`` for a whole object."""
    return {
        "series_id": series,
        "index": index,
        "role": role,
        "store": member["store"],
        "key": member["key"],
        "channel": channel,
        "version": version,
        "of_index": of_index,
        "label_this": label_this,
        "notes": [],
    }


def common_size(members: Iterable[Row]) -> tuple[int | None, int | None, bool]:
    """Return width and height that all members share, else nulls; and whether two of them differ."""
    sizes = {(member["width"], member["height"]) for member in members}
    known = {size for size in sizes if None not in size}
    if len(sizes) == 1 and known:
        width, height = sizes.pop()
        return width, height, False
    return None, None, len(known) > 1


def highest_risk(risks: Iterable[str | None]) -> str | None:
    """Return the highest risk of a name in the pixels, null where none is known."""
    known = [risk for risk in risks if risk is not None]
    return max(known, key=lambda risk: RISKS.index(risk) if risk in RISKS else len(RISKS), default=None)


def folder_of(key: str) -> str:
    """Return the text up to the last ``/``; keys are opaque, so nothing is unquoted or normalised."""
    return key[: key.rfind("/") + 1]
