"""Which image a volume of labels is of, by its name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow.compute as pc

from labelport.annotations.contract import ReadContext
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.series.nifti.names import image_keys, image_stem, volume_name

SERIES_ID = re.compile(r"[a-z_]+-[a-z2-7]{26}")
"""What ids of series look like: our exports are called so."""


@dataclass(frozen=True)
class Named:
    """Leads the names of label volumes to image volumes."""

    context: ReadContext

    def images(self, file: str) -> list[ImageVolume]:
        """Return the image volumes that a name leads to: several where one object has several.

        The first that leads anywhere: the name is a series id (as exports call their volumes); the name without an
        ending of labels, or the name itself, is an image's; a folder of one DICOM series is called so. Where none
        does ``name.unmatched`` or ``name.ambiguous`` is said, once.
        """
        volumes = self.context.volumes
        stem = volume_name(file)[0]
        for each in reversed(_with_and_without_ending(stem.rpartition("/")[2])):
            image = volumes.of_series(each)
            if image is not None:
                return [image]
        if volumes.asked and SERIES_ID.fullmatch(stem.rpartition("/")[2]):
            words = "no series of these images has this id"
            hint = "Series ids hold for one bucket and one key: name the same images, or call the file as its image."
            self.context.said.say("name.unmatched", file, "", words, value=file, hint=hint)
            return []
        in_folder = self._in_folder(stem)
        spellings = _spellings(file, in_folder)
        places = self.context.place(spellings[:1], lambda _: (file, ""), [spellings[1:]])
        key = places.column("key")[0].as_py()
        # The name of one slice of many is no name of a volume.
        found = [
            image
            for image in (volumes.of_key(key) if key is not None else [])
            if key == in_folder or len(set(image.keys)) == 1
        ]
        if not found and (key is not None or not places.asked):
            words = (
                "the image of this name is no volume" if key is not None else "no image of the dataset has this name"
            )
            self.context.said.say("name.unmatched", file, "", words, value=spellings[0])
        return found

    def _in_folder(self, stem: str) -> str | None:
        """Return an object of the one DICOM series that lies alone in the one folder of a name; null: there is none."""
        for path in (each for name in _with_and_without_ending(stem) for each in _ends(name)):
            last = path.rpartition("/")[2]
            folders = [each for each in self._folders.get(last, ()) if f"/{each}".endswith(f"/{path}")]
            found = [self.context.volumes.below(folder) for folder in folders]
            if len(found) == 1 and len(found[0]) == 1 and found[0][0].kind == "dicom":
                return found[0][0].keys[0]
        return None

    @cached_property
    def _folders(self) -> dict[str, list[str]]:
        """Folders of the dataset's images by their last part."""
        index = self.context.place([], lambda _: ("", ""), []).index
        keys = index.column("key").drop_null()
        found: dict[str, list[str]] = {}
        for folder in pc.unique(pc.replace_substring_regex(keys, r"(^|/)[^/]*$", "")).to_pylist():
            found.setdefault(folder.rpartition("/")[2], []).append(folder)
        return found


def _with_and_without_ending(stem: str) -> list[str]:
    """Return a name without an ending of labels, where it has one, and as it is.

    >>> _with_and_without_ending("a_seg"), _with_and_without_ending("a")
    (['a', 'a_seg'], ['a'])
    """
    without = image_stem(stem)
    return [stem] if not without else [without, stem]


def _spellings(file: str, in_folder: str | None = None) -> list[str]:
    """Return what the image of a label volume may be called, the likeliest first.

    An ending of labels says that the image is called without it. ``in_folder``: an object of the folder of its name.
    Stems lead to images of any extension.

    >>> _spellings("labels/a.nii.gz")
    ['labels/a.nii.gz', 'a.nii.gz', 'labels/a', 'a']
    >>> _spellings("a_seg.nii", "ct/a/1.dcm")
    ['a.nii.gz', 'a.nii', 'a.hdr', 'a.hdr.gz', 'a_seg.nii', 'ct/a/1.dcm', 'a', 'a_seg']
    """
    stems = _with_and_without_ending(volume_name(file)[0])
    folder = [] if in_folder is None else [in_folder]
    spelled = [*_all_ends(image_keys(file)), *_ends(file), *folder, *_all_ends(stems)]
    return list(dict.fromkeys(spelled))


def _all_ends(paths: Sequence[str]) -> list[str]:
    """Return the ends of some paths, the longest of all of them first."""
    by_length = [_ends(path) for path in paths]
    return [end for several in zip(*by_length, strict=True) for end in several]


def _ends(path: str) -> list[str]:
    """Return a path, and what is left of it from each level on: ``a/b`` and ``b``."""
    parts = path.split("/")
    return ["/".join(parts[at:]) for at in range(len(parts))]
