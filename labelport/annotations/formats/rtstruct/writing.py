"""Structure sets of a set of annotations, one a series of images."""

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Output, WriteContext
from labelport.annotations.formats.rtstruct.options import StructureOptions
from labelport.annotations.formats.rtstruct.written_contours import contours_of, is_exact
from labelport.annotations.formats.rtstruct.written_dataset import StructureSet, file_of
from labelport.annotations.formats.rtstruct.written_readme import readme
from labelport.annotations.formats.rtstruct.written_rois import rois_of
from labelport.annotations.volumes.gathering import Drawn, drawn_volumes
from labelport.annotations.volumes.identities import Identifying, Identities, ImageGone

FOLDER = "structures"
README = f"{FOLDER}/README.txt"


def write(given: AnnotationSet, output: Output, context: WriteContext) -> None:
    """Write ``structures/<series id>.dcm`` of each series that has structures, and a README beside them.

    A series whose images are not DICOM, cannot be read any more or cannot be named is told and left out.
    """
    options = _options(context)
    written = False
    for drawn in drawn_volumes(given, context.volumes, context.said):
        if not drawn.structures:
            continue
        name = f"{FOLDER}/{drawn.image.series_id}.dcm"
        body = _structure_set(drawn, name, options, context)
        if body is not None:
            output.put(name, body)
            written = True
    if written:
        output.put(README, readme(options.holes, options.uids).encode())


def _options(context: WriteContext) -> StructureOptions:
    """Return the options of structure sets out of those of all formats."""
    given = {name: getattr(context.options, name, None) for name in ("holes", "uids")}
    return StructureOptions(**{name: value for name, value in given.items() if value is not None})


def _structure_set(drawn: Drawn, name: str, options: StructureOptions, context: WriteContext) -> bytes | None:
    """Return the file of a volume; null with a finding where there can be none."""
    image, identifying = drawn.image, context.identities
    shown = image.series_id or image.keys[0]
    if image.known and image.kind == "nifti":
        context.said.say("rtstruct.nifti_images", "", "", "the images of a volume are NIfTI", value=shown)
        return None
    if image.kind != "dicom" or not image.known or identifying is None:
        context.said.say("rtstruct.no_images", "", "", "the images of a volume are not known as DICOM", value=shown)
        return None
    if not is_exact(image.stack):
        context.said.say("rtstruct.not_exact", name, "", "contours would not lie on their pixels")
        return None
    identities = _identities(drawn, identifying, name, options, context)
    if identities is None:
        return None
    rois = rois_of(drawn.structures, context.said, name)
    contours = [contours_of(each, image.stack, options.holes) for each in drawn.structures]
    return file_of(StructureSet(image, identities, rois, contours), identifying.own_uid)


def _identities(
    drawn: Drawn, identifying: Identifying, name: str, options: StructureOptions, context: WriteContext
) -> Identities | None:
    try:
        return identifying.of(drawn.image, pseudonyms=options.uids == "pseudonym")
    except ImageGone as gone:
        context.said.say("rtstruct.image_absent", name, "", str(gone))
    except ValueError:
        context.said.say("rtstruct.no_key", name, "", "pseudonyms are asked for, and there is no key")
    return None
