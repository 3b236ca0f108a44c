"""Media rows of DICOM objects and NIfTI volumes that never were files: quick to make, and they collide often.

``test_dicom_stability.py`` holds some against what the probe says of real files.
"""

import hashlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from labelport.probing.dicom.classes import STORAGE, class_of
from tests.labelport.series.made import Row, media_row

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
TURNED = (0.0, 1.0, 0.0, -1.0, 0.0, 0.0)
"""Axial, turned in its plane: the normal is that of ``AXIAL``."""

STUDY, SERIES, REFERENCE = "2.25.2", "2.25.3", "2.25.4"
MR, CT, ENHANCED, CLIP, SLIDE, CAPTURE, PROJECTION, STRUCTURES, SEGMENTS, REPORT, DOSE = (
    STORAGE + suffix
    for suffix in ("4", "2", "4.1", "3.1", "77.1.6", "7", "1.1", "481.3", "66.4", "88.33", "481.2")
)  # fmt: skip
PIXELS = {
    "rows": 4, "columns": 6, "samples_per_pixel": 1, "photometric": "MONOCHROME2", "bits_allocated": 8, "bits_stored": 8,
    "pixel_representation": 0,
}  # fmt: skip
WITHOUT_PIXELS = (STRUCTURES, SEGMENTS, REPORT)
"""Classes whose objects refer to series here."""


def dicom_row(
    key: str,
    uid: str | None,
    *,
    at: Sequence[float] | None = (0, 0, 0),
    iop: Sequence[float] = AXIAL,
    sop_class: str = MR,
    status: str = "ok",
    checksum: bool = True,
    size: int = 1,
    fps: float | None = None,
    flags: Sequence[str] = (),
    phi_risk: str = "none",
    **tags: Any,
) -> Row:
    """Return the row of an object; ``tags``: fields of ``tables.DICOM``, null removes one.

    The token says the content: an MD5 of it, or (``checksum``: false) one that differs from key to key too,
    as where a bucket has no checksums.
    """
    dicom: dict[str, Any] = {
        "sop_class": sop_class, "sop_uid": uid, "study_uid": STUDY, "series_uid": SERIES,
        "frame_of_reference_uid": REFERENCE, "modality": "MR", "series_number": 1,
    }  # fmt: skip
    if sop_class not in WITHOUT_PIXELS:
        dicom |= PIXELS | {"image_type": ["ORIGINAL", "PRIMARY", "AXIAL"]}
        if at is not None:
            dicom |= {"ipp": [float(value) for value in at], "iop": list(iop), "pixel_spacing": [1.0, 1.0]}
    dicom = {name: value for name, value in (dicom | tags).items() if value is not None}
    frames = max(dicom.get("frames") or 1, 1)
    has_positions = "ipp" in dicom or any(frame.get("ipp") for frame in dicom.get("per_frame", ()))
    dicom["class"] = class_of(
        sop_class, has_matrix="rows" in dicom and "columns" in dicom, frames=frames, has_positions=has_positions
    )
    digest = hashlib.md5(repr(sorted(dicom.items())).encode(), usedforsecurity=False).hexdigest()
    dicom["sample_digest"] = digest
    is_image = "rows" in dicom
    return media_row(
        key,
        "dicom",
        token=digest if checksum else f"{key} {digest}",
        status=status,
        size=size,
        width=dicom.get("columns"),
        height=dicom.get("rows"),
        frames=frames if is_image else None,
        fps=fps,
        flags=list(flags),
        phi_risk=phi_risk,
        dicom=dicom,
    ) | {"format": "dicom"}


def frame(at: Sequence[float] | None, **values: Any) -> dict[str, Any]:
    """Return a row of ``per_frame``."""
    places = {"ipp": None, "iop": None} if at is None else {"ipp": [float(value) for value in at], "iop": list(AXIAL)}
    return {**places, "pixel_spacing": [1.0, 1.0] if at else None, **values}


def enhanced_row(key: str, uid: str, planes: Sequence[Mapping[str, Any]], **tags: Any) -> Row:
    """Return the row of an enhanced object of frames that lie where ``planes`` say."""
    many: dict[str, Any] = {"frames": len(planes), "per_frame": [dict(one) for one in planes]}
    return dicom_row(key, uid, at=None, sop_class=ENHANCED, **{**many, **tags})


def volume_row(key: str, *, dims: Sequence[int] = (4, 4, 4), dtype: str = "float32", **more: Any) -> Row:
    """Return the row of a NIfTI volume, or of the header of a pair."""
    header = {
        "version": 1, "dims": list(dims), "dtype": dtype, "affine": [float(n == 0 or n % 5 == 0) for n in range(16)],
        "pair": key.endswith(".hdr"), "intent": None,
    }  # fmt: skip
    return media_row(key, "nifti", **{"nifti": header, **more})


# --- random objects of small alphabets

Make = Callable[[random.Random, str], Row]

UIDS = [f"2.25.1.{n}" for n in range(9)]
PLACES = [(0.0, 0.0, float(z)) for z in (0, 0, 1, 2, 2, 3, 5)]
SERIES_UIDS = [SERIES, SERIES, SERIES, "2.25.33"]
STUDY_UIDS = [STUDY, STUDY, STUDY, "2.25.22", None]


def _common(rng: random.Random) -> dict[str, Any]:
    """Return what any object may have or lack."""
    some: dict[str, Any] = {
        "study_uid": rng.choice(STUDY_UIDS),
        "series_uid": rng.choice([*SERIES_UIDS, None]),
        "instance_number": rng.choice([None, 1, 2, 3]),
        "series_number": rng.choice([1, 1, 2, None]),
        "frame_of_reference_uid": rng.choice([REFERENCE, REFERENCE, REFERENCE, "2.25.44", None]),
        "checksum": rng.random() < 0.7,
        "size": rng.choice([1, 1, 1, 2]),
        "status": rng.choice(["ok"] * 8 + ["truncated", "partial", "unreadable"]),
        "phi_risk": rng.choice(["none", "high"]),
    }
    return some


def _uid(rng: random.Random) -> str | None:
    return rng.choice([*UIDS, None])


def _slice(rng: random.Random, key: str) -> Row:
    tags = _common(rng)
    if rng.random() < 0.7:  # plain enough to stack with others
        tags |= {"frame_of_reference_uid": REFERENCE, "study_uid": STUDY, "status": "ok"}
    if rng.random() < 0.3:
        tags |= {"image_type": rng.choice([["DERIVED", "PRIMARY"], ["ORIGINAL", "PRIMARY", "LOCALIZER"], None])}
    if rng.random() < 0.2:
        tags |= {"columns": 8, "pixel_spacing": rng.choice([[1.0, 1.0], [0.5, 0.5], [1.0]])}
    iop = rng.choice([AXIAL] * 6 + [SAGITTAL, TURNED, (1.0, 0.0, 0.0, 0.0, 1.0, -0.0), (0.0,) * 6])
    return dicom_row(key, _uid(rng), at=rng.choice([*PLACES, None]), iop=iop, **tags)


def _over_time(rng: random.Random, key: str) -> Row:
    """Return a slice that lies where others do, told apart by some tag or by none."""
    names: list[dict[str, Any]] = [
        {"te": rng.choice([4.92, 7.38])},
        {"echo_number": rng.choice([1, 2])},
        {"b_value": rng.choice([0.0, 1000.0]), "b_vector": rng.choice([None, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])},
        {"temporal_position": rng.choice([1, 2, 3])},
        {"complex_component": rng.choice(["MAGNITUDE", "PHASE"])},
        {"image_type": ["ORIGINAL", "PRIMARY", rng.choice(["P", "M", "R"])]},
        {"acquisition_number": rng.choice([1, 2]), "content_time_s": float(rng.randrange(3))},
        {"trigger_time": rng.choice([0.0, 40.0]), "te": rng.choice([4.92, None])},
        {"acquisition_time_s": float(rng.randrange(3)), "slice_location": float(rng.randrange(3))},
        {},
    ]
    return dicom_row(key, _uid(rng), at=rng.choice(PLACES[1:5]), checksum=rng.random() < 0.5, **rng.choice(names))


def _without_places(rng: random.Random, key: str) -> Row:
    tags = _common(rng) | {
        "slice_location": rng.choice([None, 1.0, 2.0]),
        "acquisition_time_s": rng.choice([None, 5.0]),
    }
    return dicom_row(key, _uid(rng), at=None, sop_class=rng.choice([MR, CT, CAPTURE, PROJECTION]), **tags)


def _enhanced(rng: random.Random, key: str) -> Row:
    count = rng.randint(1, 4)
    values: dict[str, list[Any]] = {
        "none": [None], "te": [1.0, 2.0], "temporal_position": [1, 2], "b_value": [0.0, 9.0], "stack_id": ["1", "2"],
    }  # fmt: skip
    told = rng.choice(list(values))
    planes = [
        frame(rng.choice(PLACES), stack_id=rng.choice([None, "1"]) if told != "stack_id" else rng.choice(values[told]))
        | ({} if told in ("none", "stack_id") else {told: rng.choice(values[told])})
        for _ in range(count)
    ]
    if rng.random() < 0.15:
        planes[0] = frame(None)
    more: dict[str, Any] = {}
    if rng.random() < 0.3:
        more = {"concatenation_uid": "2.25.70", "in_concatenation_number": rng.choice([1, 2])}
    if rng.random() < 0.2:
        more["frames"] = rng.choice([1, count + 1, None])
    tags = _common(rng) | {"study_uid": STUDY, "series_uid": SERIES}
    return enhanced_row(key, _uid(rng) or "2.25.1.0", planes, **tags, **more)


def _clip(rng: random.Random, key: str) -> Row:
    more: dict[str, Any] = {"frames": rng.choice([1, 3, 9]), "sop_class": rng.choice([CLIP, SLIDE, MR, CAPTURE])}
    if rng.random() < 0.4:
        more |= {"concatenation_uid": "2.25.71", "in_concatenation_number": rng.choice([1, 2, None])}
    flags = ["variable_frame_time"] if rng.random() < 0.2 else []
    return dicom_row(key, _uid(rng), at=None, fps=rng.choice([None, 25.0]), flags=flags, **_common(rng), **more)


def _mosaic(rng: random.Random, key: str) -> Row:
    return dicom_row(
        key, _uid(rng), image_type=["ORIGINAL", "PRIMARY", "M", "MOSAIC"], acquisition_number=rng.choice([1, 2])
    )


def _label(rng: random.Random, key: str) -> Row:
    named = rng.choice([SERIES, SERIES, "2.25.33", "2.25.99", None])
    every = rng.choice([None, [named or SERIES], [SERIES, "2.25.33"], ["2.25.99", SERIES]])
    tags = _common(rng) | {"series_uid": "2.25.88", "referenced_series_uid": named, "referenced_series_uids": every}
    return dicom_row(key, rng.choice([*UIDS[:2], "2.25.1.90", "2.25.1.91", None]), at=None,
                     sop_class=rng.choice([*WITHOUT_PIXELS, DOSE]), **tags)  # fmt: skip


def _directory(_rng: random.Random, key: str) -> Row:
    return media_row(key, "dicom", status="not_media", dicom={"directory_files": ["a/0", "a/9"]}) | {"format": "dicom"}


def _volume(rng: random.Random, key: str) -> Row:
    dims = rng.choice([(4, 4, 4), (4, 4, 4), (4, 4, 1), (4, 4, 4, 2)])
    return volume_row(
        key, dims=dims, dtype=rng.choice(["uint8", "uint8", "float32"]), status=rng.choice(["ok", "ok", "empty"])
    )


def _other(rng: random.Random, key: str) -> Row:
    kind = rng.choice(["image", "video", "audio", "unknown"])
    return media_row(key, kind, frames=3, channels=1, status="not_media" if kind == "unknown" else "ok")


DICOM: list[Make] = [
    *[_slice] * 6, *[_over_time] * 5, *[_without_places] * 2, *[_enhanced] * 3, *[_clip] * 2, _mosaic, *[_label] * 2,
    _directory,
]  # fmt: skip

KEYS = [f"{folder}{name}" for folder in ("a/", "b/", "") for name in ("0", "1", "2", "10", "x.dcm", "y.dcm")]
VOLUMES = [
    "a/v.nii.gz", "a/v.nii", "a/v_seg.nii.gz", "a/v_mask.nii", "a/v_seg_mask.nii", "a/p.hdr", "a/p.img", "q.img", "v.nii",
]  # fmt: skip
FILMS = ["a/film.mp4", "film.mp4", "a/p.png"]
ALL_KEYS = [*KEYS, *VOLUMES, *FILMS]


def random_object(rng: random.Random, key: str, kinds: Sequence[Make] = DICOM) -> Row:
    """Return an object for a key; another version of the probe may read the same bytes otherwise."""
    if key.endswith(".img"):
        return _seen(media_row(key, "unknown", status="not_media", token=rng.choice("ab")), "1")
    if key in VOLUMES and rng.random() < 0.9:
        made = _volume(rng, key)
    elif key in FILMS and rng.random() < 0.9:
        made = _other(rng, key)
    else:
        return _seen(rng.choice(kinds)(rng, key), rng.choice("112"))
    token = hashlib.sha256(repr(sorted(made.items())).encode()).hexdigest()[:12]
    return _seen({**made, "token": token}, rng.choice("112"))


def _seen(row: Row, version: str) -> Row:
    """Return a row as a version of the probe gives it: the second reads no frame of reference."""
    dicom = row.get("dicom")
    if version == "2" and dicom:
        row = {**row, "dicom": {name: value for name, value in dicom.items() if name != "frame_of_reference_uid"}}
    # A status is found in the bytes: where it differs, they do.
    return {
        **row,
        "token": row["token"] if row["status"] == "ok" else f"{row['token']} {row['status']}",
        "probe_version": version,
    }


DIRECTIONS = [
    SAGITTAL, TURNED, (1.0, 0.0, 0.0, 0.0, 1.0, -0.0), (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0), (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0),
    (0.0,) * 6, (1e-7, 0.0, 0.0, 0.0, 1e-7, 0.0), (1e7, 0.0, 0.0, 0.0, 1e7, 0.0), (2.0, 0.0, 0.0, 0.0, 2.0, 0.0),
    (1.0, 0.01, 0.0, 0.0, 1.0, 0.0), (1.0, 0.0141, 0.0, 0.0, 1.0, 0.0), (1.0, 0.0142, 0.0, 0.0, 1.0, 0.0),
    (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), (1.0, 0.0, 0.0, 1.0, 1e-7, 0.0),
]  # fmt: skip
ODD: list[dict[str, Sequence[Any]]] = [
    {"at": [(0, 0, z) for z in (0, 1, -5, 1e9, 1.1e9, 1e12)]},
    {"at": [None]},
    {"iop": DIRECTIONS},
    {"pixel_spacing": [[1.00005, 1.0], [1.00011, 1.0], [0.5, 0.5], None, [1.0], [0.0, 0.0]]},
    {"image_type": [None, ["A"], ["ORIGINAL", "PRIMARY", "P"], ["LOCALIZER"]]},
    {"image_type": [["ORIGINAL", "PRIMARY", "AXIAL", word] for word in ("X", "MOSAIC")]},
    {"sop_class": [CT, ENHANCED, PROJECTION, CAPTURE, CLIP, SLIDE, REPORT]},
    {"frame_of_reference_uid": [None, "2.25.44"]},
    {"concatenation_uid": ["2.25.70"], "in_concatenation_number": [1, 2]},
    {"study_uid": [None], "instance_number": [None, 1]},
    {"te": [1.5, 2.5]},
    {"columns": [8, None]},
    {"frames": [0, 1, 2]},
    {"series_uid": [None]},
    {"status": ["truncated", "partial"]},
    {"phi_risk": ["none", "high", "text", None]},
    {"photometric": ["RGB", None]},
    {"ultrasound_regions": [1, 2]},
    {"body_part": ["HEAD", "NECK"], "modality": ["MR", None], "manufacturer": ["A", None]},
    {"series_number": [1, 2, None]},
    {"slice_thickness": [1.0, 3.0]},
    {"complex_component": ["MAGNITUDE", "PHASE"]},
    {"b_value": [0.0, 1000.0]},
    {"temporal_position": [1, 2]},
]
"""What a slice, or a whole series, may have that others do not."""


def _odd(rng: random.Random) -> dict[str, Any]:
    return {name: rng.choice(values) for name, values in rng.choice(ODD).items()}


def plain_study(rng: random.Random) -> list[Row]:
    """Return some studies of stacks, most of them plain: one place, one image; a few slices are odd."""
    numbers = rng.sample(range(1000), 100)
    rows: list[Row] = []
    for study, series in [(study, series) for study in range(rng.randint(1, 2)) for series in range(rng.randint(1, 3))]:
        common: dict[str, Any] = {"study_uid": f"2.25.2{study}", "series_uid": f"2.25.3{series}"}
        for _ in range(rng.choice([0, 0, 1, 2])):
            common |= _odd(rng)
        step, some_odd = rng.choice([1, 1, 3, 0.5, 0.001, 0.0005, 1e8]), rng.random() < 0.5
        turn = rng.choice([0.0, 0.0, 1e-6, 0.003])
        for place in range(rng.choice([1, 2, 3, 5, 7])):
            jitter = rng.uniform(-turn, turn)
            one = {
                "at": (150, -100 + 0.1 * place, step * place),
                "iop": (1.0, 0.0, jitter, 0.0, 1.0, 0.0),
                "instance_number": place,
                **common,
            }
            if some_odd and rng.random() < 0.3:
                one |= _odd(rng)
            uid = rng.choice(["2.25.1.5", None]) if rng.random() < 0.03 else f"2.25.1.{numbers[len(rows)]}"
            rows.append(dicom_row(f"{rng.choice('ab')}/{len(rows):03d}", uid, **one))
    return rows


def shuffled(rows: Iterable[Row], rng: random.Random) -> list[Row]:
    """Return rows in another order."""
    order = list(rows)
    rng.shuffle(order)
    return order
