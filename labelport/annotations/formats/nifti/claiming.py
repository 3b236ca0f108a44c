"""Which files are volumes of labels, and which labels.json they belong to."""

from collections.abc import Mapping, Sequence
from typing import Literal

from labelport.annotations.contract import Claim
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.nifti.channels import layout_of
from labelport.annotations.formats.nifti.header import beginning_of, sizes_of
from labelport.annotations.formats.nifti.inflating import Damaged
from labelport.annotations.formats.nifti.label_list import NAME, is_label_list
from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.probing.nifti import NotNifti
from labelport.probing.nifti import layout_of as header_form
from labelport.series.nifti.names import halves_of, is_other_half, volume_name

SURE, BY_NAME, TOLD = 0.95, 0.7, 0.6

Layout = Literal["onehot", "index"]


def claims(files: Sequence[AnnotationFile], layout: Layout, *, told: bool) -> list[Claim]:
    """Return a claim for the volumes of each labels.json, and one for each pair of files.

    A volume belongs to the labels.json of its folder, or of the nearest one above that has one; without any it is
    claimed only where ``told``. Its layout is told by its axes; where the user says the format, all are of it.
    What is no volume and is called so beside a labels.json is claimed as class-index: why is said on reading.
    """
    lists = {_folder(file.name): file.name for file in files if is_label_list(file.name)}
    if not lists and not told:
        return []
    names = {file.name for file in files}
    volumes: dict[tuple[str, ...], dict[str, float]] = {}
    for file in files:
        of_list = _nearest(_folder(file.name), lists)
        if (of_list is None and not told) or is_label_list(file.name):
            continue
        found, is_pair = _look(file)
        if found is None or (found[0] != layout and not told):
            continue
        half = next((name for name in halves_of(file.name) if name in names), None) if is_pair else None
        shared = tuple(name for name in (half, of_list) if name is not None)
        volumes.setdefault(shared, {})[file.name] = found[1] if of_list is not None else TOLD
    return [_claim(shared, found) for shared, found in volumes.items()]


def _look(file: AnnotationFile) -> tuple[tuple[Layout, float] | None, bool]:
    """Return layout and confidence of a file by its first bytes, null where it is no volume; whether it is a pair's."""
    named = bool(volume_name(file.name)[1])
    try:
        head, _ = beginning_of(file)
        pair = header_form(head)[2]
    except NotNifti:
        return (("index", BY_NAME), False) if named else (None, False)
    except (Damaged, ValueError, ObjectAbsent, ObjectChanged, OSError):
        return (("index", BY_NAME), False) if named else (None, False)
    sizes = sizes_of(head)
    if is_other_half(file.name) and pair:
        return None, True
    return ("index" if sizes is None else layout_of(sizes[0]), SURE), pair


def _claim(shared: tuple[str, ...], found: Mapping[str, float]) -> Claim:
    beside = f"beside {NAME}" if shared and is_label_list(shared[-1]) else f"without {NAME}"
    return Claim(tuple(found), shared, min(found.values()), f"NIfTI volumes {beside}")


def _nearest(folder: str, lists: Mapping[str, str]) -> str | None:
    """Return the list of a folder, or of the nearest one above."""
    while True:
        if folder in lists:
            return lists[folder]
        if not folder:
            return None
        folder = folder.rpartition("/")[0]


def _folder(name: str) -> str:
    return name.rpartition("/")[0]
