"""Clouds and their context images: the four layouts that CVAT's tool reads (specification 2.10).

    KITTI        <dir>/velodyne_points/data/N.bin    <dir>/image_<digits>/data/N.*
    Supervisely  <dir>/pointcloud/N.pcd              <dir>/related_images/N_pcd/*
    same stem    <dir>/N.pcd                         <dir>/N.<extension of an image>
    own folder   <dir>/N/N.pcd                       other images in <dir>/N/

A cloud is called by its *stem* here, its key without extension: CVAT writes a ``.bin`` as ``.pcd``.
"""

import posixpath
import re

from labelport.manifests.cvat.related import FOLDER

PCD = ".pcd"
BIN = ".bin"
CLOUD_EXTENSIONS = frozenset({PCD, BIN})
"""Extensions of clouds, lower-case."""

POINT_BYTES = 16
"""A point of a ``.bin``: x, y, z and intensity, float32."""

_CAMERA = re.compile(r"image_[0-9]+", re.IGNORECASE | re.ASCII)
_VELODYNE = "velodyne_points"


def stem_of(key: str) -> str:
    """Return a key without its extension."""
    return posixpath.splitext(key)[0]


def extension_of(key: str) -> str:
    """Return the extension of a key, lower-case."""
    return posixpath.splitext(key)[1].lower()


def written_path(key: str) -> str:
    """Return the path of a cloud as a manifest says it: a ``.bin`` is called ``.pcd``, any other keeps its case."""
    return stem_of(key) + PCD if extension_of(key) == BIN else key


def is_kitti(key: str) -> bool:
    """Return whether a key lies where KITTI's clouds do; they have no magic by which to tell them."""
    return key.split("/")[-3:-1] == [_VELODYNE, "data"] and extension_of(key) == BIN


def stems_that_claim(key: str) -> tuple[str, ...]:
    """Return the stems of the clouds that an image may belong to, in the order in which CVAT's tool asks.

    >>> stems_that_claim("a/image_02/data/7.png")
    ('a/image_02/data/7', 'a/image_02/data/data', 'a/velodyne_points/data/7')
    >>> stems_that_claim("related_images/7_pcd/front.jpg")
    ('related_images/7_pcd/front', 'related_images/7_pcd/7_pcd', 'pointcloud/7')
    """
    *folders, name = key.split("/")
    found = [stem_of(key)]
    if folders:
        found.append("/".join([*folders, folders[-1]]))
    if len(folders) >= 2 and folders[-2] == FOLDER:
        stem, _, extension = folders[-1].rpartition("_")
        if stem and f".{extension.lower()}" == PCD:
            found.append("/".join([*folders[:-2], "pointcloud", stem]))
    if len(folders) >= 2 and folders[-1] == "data" and _CAMERA.fullmatch(folders[-2]):
        found.append("/".join([*folders[:-2], _VELODYNE, "data", stem_of(name)]))
    return tuple(found)
