"""Functional groups of enhanced multi-frame objects: what is so of each frame (PS3.3 C.7.6.16)."""

from collections.abc import Callable
from typing import Any

from labelport.probing.dicom import values
from labelport.probing.dicom.walker import Coding, Element, elements, inner, items
from labelport.probing.dicom.window import Window

FRAMES_MOST = 50_000
"""More frames than this are not listed one by one."""

Group = dict[str, Any]

_MACROS = frozenset({
    0x00209111,  # Frame Content
    0x00209113,  # Plane Position
    0x00209116,  # Plane Orientation
    0x0020930E,  # Plane Position (Volume)
    0x0020930F,  # Plane Orientation (Volume)
    0x00189118,  # Cardiac Synchronization
    0x00189115,  # MR Modifier
    0x00289110,  # Pixel Measures
    0x00189114,  # MR Echo
    0x00189117,  # MR Diffusion
    0x00189226,  # MR Image Frame Type
    0x00189329,  # CT Image Frame Type
})  # fmt: skip


def _numbers(count: int) -> Callable[[bytes, bytes, bool], Any]:
    return lambda raw, vr, little: values.decimals(raw, vr, little=little, count=count)


def _integer(raw: bytes, vr: bytes, little: bool) -> Any:
    return values.integer(raw, vr, little=little)


def _decimal(raw: bytes, vr: bytes, little: bool) -> Any:
    return values.decimal(raw, vr, little=little)


def _whole(raw: bytes, vr: bytes, little: bool) -> Any:
    found = values.decimals(raw, vr, little=little) or []
    if any(abs(number) > values.INT32 for number in found):
        raise values.BadValue
    return [int(number) for number in found] or None


def _moment(raw: bytes, _vr: bytes, _little: bool) -> Any:
    return values.day_and_second(raw)


def _code(raw: bytes, _vr: bytes, _little: bool) -> Any:
    return values.code(raw)


def _codes(raw: bytes, _vr: bytes, _little: bool) -> Any:
    return values.codes(raw)


_TAGS: dict[int, tuple[str, bytes, Callable[[bytes, bytes, bool], Any]]] = {
    0x00089007: ("image_type", b"CS", _codes),
    0x00089208: ("complex_component", b"CS", _code),
    0x00180050: ("slice_thickness", b"DS", _decimal),
    0x00180088: ("spacing_between_slices", b"DS", _decimal),
    0x00189074: ("acquired", b"DT", _moment),
    0x00189079: ("ti", b"FD", _decimal),
    0x00189082: ("te", b"FD", _decimal),
    0x00189087: ("b_value", b"FD", _decimal),
    0x00189089: ("b_vector", b"FD", _numbers(3)),
    0x00189151: ("reference", b"DT", _moment),
    0x00200032: ("ipp", b"DS", _numbers(3)),
    0x00200037: ("iop", b"DS", _numbers(6)),
    0x00209056: ("stack_id", b"SH", _code),
    0x00209057: ("in_stack_position", b"UL", _integer),
    0x00209128: ("temporal_position", b"UL", _integer),
    0x00209153: ("trigger_time", b"FD", _decimal),
    0x00209156: ("acquisition_number", b"US", _integer),
    0x00209157: ("dimension_index", b"UL", _whole),
    0x00209241: ("cardiac_phase_percent", b"FL", _decimal),
    0x00209301: ("volume_ipp", b"FD", _numbers(3)),
    0x00209302: ("volume_iop", b"FD", _numbers(6)),
    0x00280030: ("pixel_spacing", b"DS", _numbers(2)),
}
_NESTED = frozenset({0x00189076})
"""Sequences in macros whose first item is looked at, too: Diffusion Gradient Direction."""

_INSTEAD = {"ipp": "volume_ipp", "iop": "volume_iop"}
"""Enhanced ultrasound places frames in its volume, not in the patient: used where there is nothing else."""

PER_FRAME = (
    "ipp", "iop", "pixel_spacing", "stack_id", "in_stack_position", "temporal_position", "dimension_index",
    "te", "b_value", "image_type", "complex_component", "b_vector", "ti", "trigger_time", "cardiac_phase_percent",
    "acquisition_number", "acquisition_time_s",
)  # fmt: skip
"""Fields of ``per_frame`` in ``tables.DICOM``."""

WHOLE_OBJECT = ("slice_thickness", "spacing_between_slices", "pixel_spacing", "iop", "te", "b_value")
"""Values of the shared groups that stand for the object where it has none of its own."""


def functional_groups(window: Window, element: Element, end: int, coding: Coding) -> tuple[list[Group], bool]:
    """Return the values of each item of a functional groups sequence, and whether any was bad."""
    groups: list[Group] = []
    bad = False
    within = inner(element.vr, coding)
    for start, stop in items(window, element, end, coding):
        group: Group = {}
        for macro in elements(window, start, stop, within, depth=1):
            if macro.tag in _MACROS:
                bad |= _read_macro(window, macro, stop, within, group)
        groups.append(group)
        if len(groups) >= FRAMES_MOST:
            break
    return groups, bad


def _read_macro(window: Window, macro: Element, end: int, coding: Coding, group: Group, *, depth: int = 1) -> bool:
    """Put the values of a macro's first item into ``group``; return whether one was bad."""
    bad = False
    within = inner(macro.vr, coding)
    for start, stop in items(window, macro, end, coding, depth=depth):
        for leaf in elements(window, start, stop, within, depth=depth + 1):
            if leaf.tag in _NESTED and depth == 1:
                bad |= _read_macro(window, leaf, stop, within, group, depth=depth + 2)
                continue
            allowed = _TAGS.get(leaf.tag)
            if allowed is None or leaf.length > 1024:
                continue
            column, vr, parse = allowed
            try:
                written = leaf.vr if leaf.vr not in (b"", b"UN") else vr
                value = parse(window.bytes(leaf.value_at, leaf.length), written, within.little)
            except values.BadValue:
                bad = True
                continue
            if value is not None:
                group[column] = value
        return bad
    return bad


def per_frame_rows(frames: list[Group], shared: Group) -> list[dict[str, Any]]:
    """Return a row of ``per_frame`` a frame; what a frame does not say the shared groups do.

    Times are seconds since the midnight before the first frame: frames past the next midnight have more than
    86,400, and no date is kept.
    """
    moments = [frame.get("acquired") or frame.get("reference") for frame in frames]
    first_day = min((day for day, _ in filter(None, moments)), default=0)
    rows = []
    for frame, moment in zip(frames, moments, strict=True):
        row = {name: frame.get(name, shared.get(name)) for name in PER_FRAME}
        for name, instead in _INSTEAD.items():
            if row[name] is None:
                row[name] = frame.get(instead, shared.get(instead))
        if moment is not None:
            row["acquisition_time_s"] = (moment[0] - first_day) * 86_400 + moment[1]
        rows.append(row)
    return rows
