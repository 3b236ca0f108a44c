"""How images are called in an export."""

import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet


def written_names(given: AnnotationSet) -> list[str]:
    """Return how each image row is called in an export: as its source called it.

    A name without an extension (of a label file, a stem) becomes the object's key where that is known. Where two
    rows of different objects would get one name, they are called by their keys. A frame of an object is
    ``<key>#frame=<0-based number>``.
    """
    names: list[str] = given.images.column("name_given").to_pylist()
    keys = _plane_names(given.images)
    made = [key if key is not None and _says_less(name, key) else name for name, key in zip(names, keys, strict=True)]
    counts = pc.value_counts(pa.array(made, pa.string())).to_pylist()
    doubled = {each["values"] for each in counts if each["counts"] > 1}
    if not doubled:
        return made
    owners: dict[str, set[str | None]] = {}
    for name, key in zip(made, keys, strict=True):
        if name in doubled:
            owners.setdefault(name, set()).add(key)
    return [
        key if name in doubled and key is not None and len(owners[name]) > 1 else name
        for name, key in zip(made, keys, strict=True)
    ]


def _plane_names(images: pa.Table) -> list[str | None]:
    """Return the keys of objects; of their frames with the frame. A rendition is an object of its own."""
    keys: list[str | None] = images.column("key").to_pylist()
    own_frame = pc.and_(pc.is_valid(images.column("frame")), pc.is_null(images.column("rendition_of")))
    frames = pc.if_else(own_frame, images.column("frame"), None).to_pylist()
    return [
        key if key is None or frame is None else f"{key}#frame={frame}" for key, frame in zip(keys, frames, strict=True)
    ]


def _says_less(name: str, key: str) -> bool:
    """Return whether a name is the stem of its object's key: what looks like an extension may be a part of it."""
    stem = stem_of(key)
    return not has_extension(name) or stem == name or stem.endswith(f"/{name}")


def has_extension(name: str) -> bool:
    """Return whether the last part of a path has an extension: at most five letters and digits, not digits alone.

    >>> has_extension("a/img.v2.final.jpg"), has_extension("a/img"), has_extension("a.b/img")
    (True, False, False)
    """
    _, dot, last = name.rsplit("/", 1)[-1].rpartition(".")
    return bool(dot) and last.isalnum() and len(last) <= 5 and not last.isdecimal()


def stem_of(name: str) -> str:
    """Return a path without its extension; extra dots are part of the stem.

    >>> stem_of("a/img.v2.final.jpg"), stem_of("a/img")
    ('a/img.v2.final', 'a/img')
    """
    return name[: name.rindex(".")] if has_extension(name) else name
