"""The probe of DICOM objects: from the first bytes to a row of media."""

import hashlib
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labelport.privacy import pseudonym
from labelport.probing.contract import BudgetSpent, Limits, MediaRow, ProbeContext, RangeRead
from labelport.probing.dicom import tags
from labelport.probing.dicom.classes import DICOMDIR, IMAGES, class_of
from labelport.probing.dicom.directory import PARTIAL, read_directory
from labelport.probing.dicom.header import Header, read_header
from labelport.probing.dicom.opening import DEFLATED, INFLATED, NATIVE, NotDicom, Opened, inflated, open_file
from labelport.probing.dicom.pixels import clip_rate, frame_times_differ, pixel_bytes_expected
from labelport.probing.dicom.risk import face_risk, phi_risk
from labelport.probing.dicom.texts import decoded_texts
from labelport.probing.dicom.walker import UNDEFINED, NoItem, TooDeep
from labelport.probing.dicom.window import Ended, OverCap, Window, whole

SAMPLE_BYTES = 16 << 10
"""First bytes of an object that its digest is over: together with the size it tells copies from conflicts."""

_BROKEN = (struct.error, zlib.error, ValueError, IndexError, KeyError, OverflowError, RecursionError, MemoryError)


LIMITS = Limits(head_bytes=16 << 10, max_bytes=8 << 20, max_requests=64)


@dataclass(frozen=True)
class DicomProbe:
    """DICOM, with and without preamble, in every transfer syntax; headers only."""

    kind: str = "dicom"
    version: str = "dicom-2"
    formats: Mapping[str, str] = field(default_factory=lambda: {"dicom": "application/dicom"})
    limits: Limits = LIMITS

    def probe(self, head: bytes, size: int, read: RangeRead, limits: Limits, context: ProbeContext) -> MediaRow:
        """Return the row of an object.

        Only allow-listed values enter it, identifiers as keyed hashes where there is a key. Never raises
        for bad media; what ``read`` raises goes through, but for a spent budget.
        """
        if size == 0:
            return _fault("empty", "The object has no bytes.")
        window = Window(head[:size], size, read, most=limits.max_bytes)
        try:
            opened = open_file(window)
            if opened.sop_class == DICOMDIR or opened.first_group == 0x0004:
                return _index(window, opened)
            sample = _sample(window, context.hmac_key)
            header, placed = _header(window, opened, tags.wanted_texts(context.keep))
        except NotDicom:
            if head[128:132] == b"DICM":
                return _fault("unreadable", "It begins as DICOM does, and no data set follows.")
            return {"status": "not_media", "error": "The bytes are no DICOM data set."}
        except (OverCap, BudgetSpent):
            return _fault("too_large", f"Its header is longer than {limits.max_bytes:,} bytes.")
        except Ended:
            return _fault("truncated", "The object ends inside its header.")
        except (TooDeep, NoItem):
            return _fault("unreadable", "Its meta group cannot be read.")
        except _BROKEN as error:
            return _fault("unreadable", f"The header cannot be read ({type(error).__name__}).")
        if header.found.get("sop_class") == DICOMDIR:
            return _index(Window(head[:size], size, read, most=limits.max_bytes), opened)
        return _row(_Read(header, opened, size, placed, limits.max_bytes if placed else INFLATED), sample, context)


PROBE = DicomProbe()


def _fault(status: str, error: str) -> MediaRow:
    return {"kind": "dicom", "format": "dicom", "status": status, "error": error}


def _index(window: Window, opened: Opened) -> MediaRow:
    """Return the row of a DICOMDIR, which is no media: the files that it names, for the series to compare."""
    found = read_directory(window, opened)
    words = "A DICOMDIR is an index of other files, not media"
    words += "; it could be read in part only." if PARTIAL in found.flags else "."
    return {
        **_fault("not_media", words),
        "dicom": {"directory_files": found.files},
        "flags": sorted(found.flags),
    }


def _sample(window: Window, key: bytes | None) -> str:
    length = min(SAMPLE_BYTES, window.size)
    sampled = window.bytes(0, length)
    return hashlib.blake2b(sampled, digest_size=16, key=(key or b"")[:64]).hexdigest()


def _header(window: Window, opened: Opened, texts: frozenset[str]) -> tuple[Header, bool]:
    """Return the header, and whether the offsets in it are those of the object (false: of what was inflated)."""
    if opened.transfer_syntax != DEFLATED:
        return read_header(window, opened, texts=texts), True
    content, complete = inflated(window, opened.at)
    header = read_header(whole(content), Opened(0, opened.coding, DEFLATED, opened.sop_class), texts=texts)
    if header.fault == "ended" and not complete:
        header.fault = "over_cap"
    return header, False


@dataclass(frozen=True)
class _Read:
    """What was read of an object."""

    header: Header
    opened: Opened
    size: int
    placed: bool
    """Offsets are those of the object; not so of what was inflated."""

    cap: int
    """Bytes that the header might have."""


def _row(read: _Read, sample: str, context: ProbeContext) -> MediaRow:
    header, found = read.header, read.header.found
    found.setdefault("sop_class", read.opened.sop_class)
    found["transfer_syntax"] = read.opened.transfer_syntax
    found["sample_digest"] = sample
    found.setdefault("has_private", False)
    frames = max(found.get("frames") or 1, 1)
    has_positions = "ipp" in found or any(frame["ipp"] for frame in found.get("per_frame", ()))
    has_matrix = bool(found.get("rows") and found.get("columns"))
    found["class"] = class_of(found["sop_class"], has_matrix=has_matrix, frames=frames, has_positions=has_positions)
    for name in ("burned_in", "recognizable", "identity_removed"):
        if found.get(name, "").upper() not in ("YES", "NO"):
            found.pop(name, None)
        else:
            found[name] = found[name].upper()
    if read.placed:
        found["header_bytes"] = header.header_end
        found["pixel_offset"] = header.pixels.value_at if header.pixels else None
    status, error = _status(read)
    _add_texts(header, context)
    image = found["class"] in IMAGES and has_matrix
    row: MediaRow = {
        "kind": "dicom",
        "format": "dicom",
        "mime_type": "application/dicom",
        "status": status,
        "error": error,
        "phi_risk": phi_risk(found),
        "face_risk": face_risk(found),
    }
    if image:
        width, height = found["columns"], found["rows"]
        row |= {"width": width, "height": height, "stored_width": width, "stored_height": height, "frames": frames}
        row |= {"frames_method": "header", "frames_exact": status == "ok", "bit_depth": _depth(found)}
        if found["class"] == "cine":
            rate, varies = clip_rate(found)
            row["fps"] = rate
            if varies:
                header.flags.add("variable_frame_time")
            if frame_times_differ(found):
                header.flags.add("frame_times_differ")
    row["dicom"] = _hashed(found, context.hmac_key)
    row["flags"] = sorted(header.flags)
    return row


def _status(read: _Read) -> tuple[str, str | None]:
    """Return status and error, by what stopped the walk and by where the pixels end."""
    header, size = read.header, read.size
    match header.fault:
        case "too_deep":
            return "refused", "Sequences are nested deeper than 16: no real file does that."
        case "over_cap":
            if not header.complete:
                return "too_large", f"Its header is longer than {read.cap:,} bytes."
            header.flags.add("per_frame_absent")
            return "partial", f"The groups of its frames are longer than {read.cap:,} bytes; they were left out."
        case "no_item":
            header.flags.add("bad_sequence")
            return "partial", "A sequence holds something that is no item; what follows it was not read."
        case "ended":
            return "truncated", "The object ends inside its header."
    found = header.found
    if not found.get("class") or (found["class"] == "other" and not found.get("sop_class")):
        return "unreadable", "It says neither what it is nor how large its image is."
    if found["class"] not in IMAGES or not read.placed or (read.opened.transfer_syntax or "") not in {*NATIVE, ""}:
        return "ok", None
    expected = pixel_bytes_expected(found)
    if header.pixels is not None and header.pixels.length != UNDEFINED:
        missing = header.pixels.value_at + header.pixels.length - size
        if missing > 0:
            return "truncated", f"{missing:,} bytes of its pixels are missing."
    elif header.at_end:
        header.flags.add("no_pixels")
        return "partial", "It has no pixels."
    elif header.pixels is None and header.header_end is not None and header.header_end + expected > size:
        return "truncated", f"At least {header.header_end + expected - size:,} bytes of its pixels are missing."
    return "ok", None


def _add_texts(header: Header, context: ProbeContext) -> None:
    raw = dict(header.texts)
    patient = raw.pop("patient_id", None)
    if patient is not None and patient.strip(b" \0"):
        if context.hmac_key is None:
            header.flags.add("patient_id_needs_key")  # an unkeyed hash is reversed by trying all IDs
        else:
            header.found["patient_id"] = patient.decode("latin-1").strip(" \0")
    if raw:
        texts, fallback = decoded_texts(raw, header.found.get("charset"))
        header.found.update(texts)
        if fallback:
            header.flags.add("charset_fallback")


def _depth(found: dict[str, Any]) -> int | None:
    bits = found.get("bits_stored")
    return bits if bits is not None and 0 < bits <= 64 else None


def _hashed(found: dict[str, Any], key: bytes | None) -> dict[str, Any]:
    """Return the values with identifiers as keyed hashes; without a key UIDs are as they are."""
    if key is None:
        return found
    hashed: dict[str, Any] = {}
    for name, tag in tags.HASHED.items():
        value = found.get(name)
        if isinstance(value, list):
            hashed[name] = [pseudonym(each, tag=tag, key=key) for each in value]
        elif value:
            hashed[name] = pseudonym(value, tag=tag, key=key)
    return {**found, **hashed}
