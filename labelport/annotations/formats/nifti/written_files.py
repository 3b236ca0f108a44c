"""What the volumes of an export are called."""

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.said import Said
from labelport.annotations.volumes.document import read_document
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.writing import Collision
from labelport.manifests.sink import unsafe_because

FOLDER = "segmentations"
ENDING = ".nii.gz"

_ENDINGS = tuple(ending + packed for ending in (".nii", ".hdr", ".img") for packed in (".gz", ""))


class VolumeFiles:
    """The file of each volume of a set: ``segmentations/<series id>.nii.gz``; of an unknown image by its name."""

    def __init__(self, given: AnnotationSet, said: Said) -> None:
        """Name the files. Raises ``Collision`` where two volumes would get one; an unsafe name is told."""
        owners: dict[str, str] = {}
        clashes = Said("export", store="publish")
        self._files: dict[tuple[str, str], str | None] = {}
        for volume in _volumes(given):
            name = volume[0] or volume[1]
            file = f"{FOLDER}/{_stem(name)}{ENDING}"
            reason = unsafe_because(file)
            self._files[volume] = None if reason else file
            if reason:
                said.say("name.unsafe", file, "", f"the name {reason}", value=name)
            elif owners.setdefault(file, name) != name:
                clashes.say("name.collision", file, "", f"{owners[file]} and {name} would get one file", value=name)
        for file, name in owners.items():
            parts = file.split("/")
            for above in ("/".join(parts[:end]) for end in range(1, len(parts))):
                if above in owners:
                    clashes.say("name.collision", above, "", f"it would be the folder of {file} as well", value=name)
        if clashes.findings():
            raise Collision(clashes.findings())

    def of(self, image: ImageVolume) -> str | None:
        """Return the file of a volume; null where its name cannot be one."""
        return self._files.get((image.series_id, "" if image.known else image.keys[0]))


def _volumes(given: AnnotationSet) -> list[tuple[str, str]]:
    """Return (series id, "") of the series of a set, and ("", name) of the grids whose images are not known."""
    found = {(series, "") for series in given.images.column("series_id").unique().to_pylist() if series}
    for body in given.documents.values():
        document = read_document(body)
        for grid in document.grids if document else ():
            found.add((grid.series_id, "" if grid.series_id else grid.key))
    return sorted(found)


def _stem(name: str) -> str:
    """Return a path without the ending of a NIfTI file, and without the folder that an export puts it in.

    >>> _stem("segmentations/case 1/liver.nii.gz")
    'case 1/liver'
    """
    path = name.replace("\\", "/").removeprefix("./").removeprefix(f"{FOLDER}/")
    ending = next((each for each in _ENDINGS if path.lower().endswith(each)), "")
    return path[: len(path) - len(ending)]
