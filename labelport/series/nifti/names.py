"""Keys that belong together by their names: the halves of a pair, an image and its label volumes.

All are functions of one key, so that a group can name what it would show (``Rule.refs``). Case is that of
the name: a bucket that has ``a.NII.GZ`` has ``a_seg.NII.GZ``, and any mixture would be dozens of look-ups.
"""

import re

LABEL_ENDINGS = ("_seg", "_label", "_mask", "_dseg")
_ENDINGS = (*LABEL_ENDINGS, *(ending.upper() for ending in LABEL_ENDINGS))
_VOLUME = re.compile(r"\.(?:nii|hdr)(?:\.gz)?\Z", re.IGNORECASE)
_HALF = re.compile(r"\.(hdr|img)(\.gz)?\Z", re.IGNORECASE)
_OTHER = str.maketrans("hdrHDRimgIMG", "imgIMGhdrHDR")
_WHOLE = (".nii.gz", ".nii")
_HEADERS = (".hdr", ".hdr.gz")


def volume_name(key: str) -> tuple[str, str]:
    """Return stem and extension (.nii, .nii.gz, .hdr, .hdr.gz in any case) of a volume; none: no extension."""
    found = _VOLUME.search(key)
    return (key[: found.start()], found.group()) if found else (key, "")


def is_header(key: str) -> bool:
    """Return whether a key is named as the header of a pair."""
    found = _HALF.search(key)
    return found is not None and found.group(1).lower() == "hdr"


def is_other_half(key: str) -> bool:
    """Return whether a key is named as the half of a pair that holds the voxels."""
    found = _HALF.search(key)
    return found is not None and found.group(1).lower() == "img"


def half_stem(key: str) -> str:
    """Return what both halves of a pair are called, without regard to case."""
    return _HALF.sub("", key).lower()


def halves_of(key: str) -> list[str]:
    """Return the keys under which the other half of a pair may lie: compressed as this one is, then not so.

    >>> halves_of("a/b.hdr")
    ['a/b.img', 'a/b.img.gz']
    >>> halves_of("a/b.IMG.GZ")
    ['a/b.HDR.GZ', 'a/b.HDR']
    """
    found = _HALF.search(key)
    if found is None:
        return []
    name, gz = found.group(1).translate(_OTHER), found.group(2)
    start = f"{key[: found.start()]}.{name}"
    return [start + gz, start] if gz else [start, start + (".GZ" if name.isupper() else ".gz")]


def label_keys(key: str) -> list[str]:
    """Return the keys that label volumes of an image may have.

    Those of a volume in one file are in one file; those of a pair also in a pair like it.

    >>> label_keys("a.nii")[:3]
    ['a_seg.nii.gz', 'a_seg.nii', 'a_label.nii.gz']
    """
    stem, extension = volume_name(key)
    if not extension:
        return []
    extensions = _alike(_WHOLE, extension)
    if is_header(key):
        extensions = [*extensions, extension]
    return [stem + ending + other for ending in _ENDINGS for other in extensions]


def image_keys(key: str) -> list[str]:
    """Return the keys of the images that a volume of this name may be the labels of.

    >>> image_keys("a_seg.nii")
    ['a.nii.gz', 'a.nii', 'a.hdr', 'a.hdr.gz']
    """
    stem, extension = volume_name(key)
    of = image_stem(stem) if extension else None
    if of is None:
        return []
    extensions = [extension] if is_header(key) else _alike((*_WHOLE, *_HEADERS), extension)
    return [of + other for other in extensions]


def image_stem(stem: str) -> str | None:
    """Return the stem without the ending of a label volume; null where it has none."""
    return next((stem.removesuffix(ending) for ending in _ENDINGS if stem.endswith(ending)), None)


def _alike(extensions: tuple[str, ...], like: str) -> list[str]:
    """Return extensions in the case of another; of a mixed one (``.Nii``) there is only itself."""
    if like.islower():
        return list(extensions)
    if like.isupper():
        return [extension.upper() for extension in extensions]
    return [like]
