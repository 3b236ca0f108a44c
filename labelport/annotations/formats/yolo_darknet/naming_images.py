"""The image that a txt is of: its path below the dataset's folder, and how else the image may be called."""

from labelport.annotations.formats.yolo_darknet.class_names import folder_of

LABEL_FOLDER = "labels/"

IMAGE_FOLDERS = {
    "labels": ("images",),
    "Labels": ("Images",),
    "annotations": ("images",),
    "Annotations": ("Images", "JPEGImages"),
}
"""Folders of labels, and what the folder of their images is called beside them."""


def name_of(part: str, dataset: str) -> str:
    """Return how a txt names its image: without extension, below the dataset's folder and its ``labels``.

    >>> name_of("set/labels/train/1.txt", "set")
    'train/1'
    """
    below = part[len(dataset) + 1 if dataset else 0 : -len(".txt")]
    return below.removeprefix(LABEL_FOLDER)


class OtherNames:
    """Further paths at which the image of a txt may lie; the answers of each folder are remembered."""

    def __init__(self) -> None:
        self._folders: dict[str, tuple[str, ...]] = {}

    def of(self, part: str, name: str) -> list[str]:
        """Return the paths to try after ``name``: ``labels`` as ``images``, left out, and the whole path.

        >>> OtherNames().of("set/labels/train/1.txt", "train/1")
        ['set/images/train/1', 'set/train/1', 'set/labels/train/1']
        """
        folder = folder_of(part)
        if folder not in self._folders:
            self._folders[folder] = _folders(folder)
        stem = part[len(folder) + 1 if folder else 0 : -len(".txt")]
        return [path for path in (f"{each}{stem}" for each in self._folders[folder]) if path != name]


def _folders(folder: str) -> tuple[str, ...]:
    segments = folder.split("/") if folder else []
    at = next((i for i in range(len(segments) - 1, -1, -1) if segments[i] in IMAGE_FOLDERS), None)
    made = [segments]
    if at is not None:
        others = [[*segments[:at], each, *segments[at + 1 :]] for each in IMAGE_FOLDERS[segments[at]]]
        made = [*others, [*segments[:at], *segments[at + 1 :]], segments]
    return tuple("".join(f"{segment}/" for segment in each) for each in made)
