"""Reading annotation files of any format into one set: claims, readers, the check of all boxes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.boxes import checked, same_pointer
from labelport.annotations.contract import Claim, Format, Parsed, ReadContext
from labelport.annotations.detecting import Taken, is_media, taken, tell_media
from labelport.annotations.files import AnnotationFile
from labelport.annotations.joining import joined
from labelport.annotations.kept import only_files
from labelport.annotations.places import Places, placed_nowhere
from labelport.annotations.prefetching import prefetched
from labelport.annotations.said import Said
from labelport.annotations.volumes.document import read_document
from labelport.annotations.volumes.doubles import doubles_of, tell_doubles
from labelport.annotations.volumes.image_volume import NoVolumes, Volumes
from labelport.findings import Finding
from labelport.options import AnnotationOptions


@dataclass(frozen=True)
class ReadClaim:
    """A claim with what was read of it."""

    format: Format
    claim: Claim
    parsed: Parsed
    """Boxes checked."""


@dataclass(frozen=True)
class Read:
    """What came of a source."""

    annotations: AnnotationSet
    """All rows; files in the order of their claims."""

    claims: list[ReadClaim]
    findings: list[Finding] = field(default_factory=list)


def read_annotations(
    files: Sequence[AnnotationFile],
    *,
    format_id: str = "auto",
    options: AnnotationOptions | None = None,
    place: Callable[..., Places] = placed_nowhere,
    volumes: Volumes | None = None,
    said: Said | None = None,
) -> Read:
    """Return the annotations of files, and all findings.

    Raises ``KeyError`` for an unknown format id. Nothing in a file raises.
    """
    told = said or Said()
    given = options or AnnotationOptions()
    context = ReadContext(options=given, said=told, place=place, volumes=volumes or NoVolumes())
    by_name = {file.name: file for file in files}
    with prefetched(files) as ahead:  # each format looks at each head
        found = taken(ahead, format_id, told)
    used = {name for each in found for name in (*each.claim.parts, *each.claim.shared)}
    tell_media(sum(is_media(name) for name in by_name.keys() - used), told)
    claims = [read_claim(each, by_name, context) for each in found]
    rows = joined([each.parsed.annotations for each in claims])
    doubles = doubles_of(rows.documents, [name for each in claims for name in each.claim.parts])
    if doubles:
        tell_doubles(doubles, told)
        named = {name for each in found for name in (*each.claim.parts, *each.claim.shared)}
        rows = only_files(rows, named - doubles.keys())
    return Read(rows, claims, told.findings())


def read_claim(each: Taken, files: Mapping[str, AnnotationFile], context: ReadContext) -> ReadClaim:
    """Return the rows of one claim, boxes checked."""
    parsed = each.format.read(files, each.claim, context)
    _tell_time_points(parsed.annotations, context)
    pointer: Any = getattr(each.format, "box_pointer", same_pointer)
    rows = checked(
        parsed.annotations, context.said, clip=context.options.clip, box_pointer=pointer, told=parsed.outside_told
    )
    return ReadClaim(each.format, each.claim, replace(parsed, annotations=rows))


def _tell_time_points(rows: AnnotationSet, context: ReadContext) -> None:
    """Say which label volumes lie on the first of several time points."""
    for file, body in rows.documents.items():
        document = read_document(body)
        for grid in () if document is None else document.grids:
            image = context.volumes.of_series(grid.series_id) if grid.series_id else None
            if image is not None and image.times:
                words = f"{image.series_id} has several time points; the labels were placed on the first"
                context.said.say("volume.first_time_point", file, "", words, value=image.series_id)
