"""The members of an entry in both dialects: the file's, and that of the SDK's own classes (specification 3.1, 3.3).

They differ in names and in how a group names its objects: ``objectUrl_0`` and so on in a file, lists of
objects in the SDK's classes, where each image of a group can have media metadata.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from labelport.manifests.encord.placing import Placed
from labelport.manifests.encord.sections import SECTIONS, Section, camel


class Named(NamedTuple):
    """One object of an entry."""

    url: str

    title: str
    """Its own title; an entry of one object has that of the entry."""

    metadata: Mapping[str, Any]
    """Media metadata, or none."""


Members = Callable[[Section, Placed, Sequence[Named], Mapping[str, Any]], dict[str, Any]]


def file_members(
    section: Section, placed: Placed, objects: Sequence[Named], client_metadata: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the members of an entry of a file, in their order."""
    if not section.several:
        return _of_one(section, placed, objects[0], objects[0].metadata, client_metadata)
    return {
        "title": placed.title,
        **({"createVideo": placed.sequence} if section.name == "image_groups" else {}),
        **{f"objectUrl_{number}": each.url for number, each in enumerate(objects)},
        "clientMetadata": client_metadata,
    }


def sdk_members(
    section: Section, placed: Placed, objects: Sequence[Named], client_metadata: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the members of an entry of the SDK's classes (``encord`` 0.1.211), in their order.

    Files of a DICOM series have the title null: Encord shows the series alone.
    """
    spelled = [{camel(name): value for name, value in each.metadata.items()} for each in objects]
    if not section.several:
        return _of_one(section, placed, objects[0], spelled[0], client_metadata)
    if section.name == "dicom_series":
        files = [{"url": each.url, "title": None} for each in objects]
        return {"title": placed.title, "dicomFiles": files, "clientMetadata": client_metadata}
    images = [
        {"url": each.url, "title": each.title, **({"imageMetadata": metadata} if metadata else {})}
        for each, metadata in zip(objects, spelled, strict=True)
    ]
    return {
        "title": placed.title,
        "createVideo": placed.sequence,
        "images": images,
        "clientMetadata": client_metadata,
    }


def _of_one(
    section: Section, placed: Placed, one: Named, metadata: Mapping[str, Any], client_metadata: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "objectUrl": one.url,
        "title": placed.title,
        **({section.metadata: metadata} if section.metadata and metadata else {}),
        "clientMetadata": client_metadata,
    }


FORMS: Mapping[str, Members] = {"file": file_members, "sdk": sdk_members}
"""By dialect."""

_SINGLE = {name: name for name, section in SECTIONS.items() if section.metadata}
METADATA_IN: Mapping[str, Mapping[str, str]] = {"file": _SINGLE, "sdk": {**_SINGLE, "image_groups": "images"}}
"""By dialect: the sections whose objects have media metadata, and the section by whose rules."""
