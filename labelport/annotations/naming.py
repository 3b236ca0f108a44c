"""How images are called in an export."""

import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet


def written_names(given: AnnotationSet) -> list[str]:
    """Return how each image row is called in an export: as its source called it.

    A name without an extension (of a label file, a stem) becomes the object's key where that is known. Where two
    rows of different objects would get one name, they are called by their keys.
    """
    names: list[str] = given.images.column("name_given").to_pylist()
    keys: list[str | None] = given.images.column("key").to_pylist()
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
