"""The same DICOM object in two files counts once; other structures under its UID are told louder."""

import numpy as np

from labelport.annotations.said import Said
from labelport.annotations.volumes.document import document_of
from labelport.annotations.volumes.doubles import doubles_of, tell_doubles
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.structures import Labelled, Structure
from labelport.geometry.rings import Patch
from labelport.geometry.stacks import Stack


def document(uid: str, voxels: int) -> bytes:
    affine = np.eye(4)
    image = ImageVolume("dicom-x", "dicom", Stack.of_affine(affine, (9, 9, 1)), affine, ["a.dcm"], [None], [0])
    patches = {0: Patch(0, 0, np.ones((1, voxels), np.uint8))} if voxels else {}
    return document_of([Labelled(image, [Structure("a", "1", patches)])], uid, {})


def test_the_first_file_with_voxels_counts() -> None:
    given = {"a": document("u", 0), "b": document("u", 3), "c": document("u", 3), "d": document("v", 3), "e": b"{}"}
    found = doubles_of(given, "abcde")
    assert {name: (each.owner, each.same) for name, each in found.items()} == {"a": ("b", False), "c": ("b", True)}
    said = Said()
    tell_doubles(found, said)
    assert [(each.file, each.severity) for each in said.findings()] == [("a", "warning"), ("c", "info")]


def test_without_voxels_the_first_file_counts_and_files_without_a_uid_all_do() -> None:
    assert set(doubles_of({"a": document("u", 0), "b": document("u", 0)}, "ab")) == {"b"}
    assert doubles_of({"a": document("", 1), "b": document("", 1)}, "ab") == {}
