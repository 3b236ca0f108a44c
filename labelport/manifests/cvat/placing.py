"""Where the files of a CVAT manifest are written, and where they must lie to be used (specification 2.14).

Names in a manifest are relative to the manifest's own folder, so each file works in one place only.
"""

from collections.abc import Sequence

from labelport.manifests.cvat.options import CvatOptions
from labelport.manifests.sink import unsafe_because

MANIFEST = "manifest.jsonl"
INDEX = "index.json"
CLOUDS_BESIDE_IMAGES = "pointcloud.jsonl"
"""Name of the clouds' manifest in a root that holds one of images: without index, whose name is taken."""

IMAGES = f"images/{MANIFEST}"
IMAGES_INDEX = f"images/{INDEX}"
CLOUDS = f"pointcloud/{MANIFEST}"
CLOUDS_INDEX = f"pointcloud/{INDEX}"
_VIDEO = "video/"
_IN_FOLDER = f"/{MANIFEST}"


def video_outputs(path: str, *, index: bool) -> tuple[str, str | None]:
    """Return the names of a video's manifest and index below the manifest's folder.

    They follow the video's own path, since the file belongs beside the video; a path that could leave
    the folder is refused before (``no_output_because``), never rewritten.
    """
    if index:
        return f"{_VIDEO}{path}/{MANIFEST}", f"{_VIDEO}{path}/{INDEX}"
    return f"{_VIDEO}{path}.{MANIFEST}", None


def no_output_because(path: str, *, index: bool) -> str | None:
    """Return why a video of this path can have no manifest of its own, or null where it can.

    A folder that is called like a manifest would have to be a file as well, where a video beside it has one.
    """
    folders = path.split("/")[:-1]
    if any(folder in (MANIFEST, INDEX) or folder.endswith(f".{MANIFEST}") for folder in folders):
        return "lies in a folder that is called like a manifest"
    return unsafe_because(video_outputs(path, index=index)[0])


def places(names: Sequence[str]) -> dict[str, str]:
    """Return where outputs must lie, by name: paths below the data's root.

    A video's manifest lies beside the video, so its index has no place: two videos of a folder would have one
    ``index.json``. Outputs that CVAT does not read (README, list of skipped objects) are not among them.
    """
    found: dict[str, str] = {}
    clouds_only = IMAGES not in names
    for name in names:
        if name.startswith(_VIDEO):
            path = name.removeprefix(_VIDEO)
            if not path.endswith(f"/{INDEX}"):
                found[name] = f"{path.removesuffix(_IN_FOLDER)}.{MANIFEST}" if path.endswith(_IN_FOLDER) else path
        elif name in (IMAGES, IMAGES_INDEX):
            found[name] = name.rpartition("/")[2]
        elif name == CLOUDS:
            found[name] = MANIFEST if clouds_only else CLOUDS_BESIDE_IMAGES
        elif name == CLOUDS_INDEX and clouds_only:
            found[name] = INDEX
    return found


def placements(options: CvatOptions, names: Sequence[str]) -> dict[str, str]:
    """Return the keys in the raw bucket at which outputs are put too, by name; none for ``place: publish``."""
    return places(names) if options.place == "data-root" else {}


def is_placed(key: str) -> bool:
    """Return whether a key is one at which manifests of ours or of CVAT's tool lie among the data."""
    name = key.rpartition("/")[2]
    return name in (MANIFEST, INDEX, CLOUDS_BESIDE_IMAGES) or name.endswith(f".{MANIFEST}")


def data_root(options: CvatOptions) -> tuple[str, str]:
    """Return store and folder (with its slash) that names are relative to: ``use`` moves it (specification 1.9)."""
    return ("raw", "") if options.use == "original" else ("publish", f"renditions/{options.use}/")


def path_in_root(options: CvatOptions, store: str, key: str) -> str | None:
    """Return the path of an object below the data's root, or null where it lies outside."""
    root, folder = data_root(options)
    return key.removeprefix(folder) if store == root and key.startswith(folder) and key != folder else None
