"""Volumes of labels to rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Parsed, ReadContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.nifti import label_list
from labelport.annotations.formats.nifti.channels import Order, Wanted, order_of_index, order_of_onehot
from labelport.annotations.formats.nifti.grids import Grid, Placed, can_lie_on, own_grid, placed
from labelport.annotations.formats.nifti.header import MOST_SIDE, Header, header_of
from labelport.annotations.formats.nifti.images import Named
from labelport.annotations.formats.nifti.inflating import GZIP, Bytes, CutShort, Damaged
from labelport.annotations.formats.nifti.label_list import Label, is_label_list, labels_of
from labelport.annotations.formats.nifti.voxels import Classes, NotLabels, classes_of_index, classes_of_onehot
from labelport.annotations.said import Said
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.volumes.structures import Labelled, Structure
from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.geometry.affines import Shape
from labelport.probing.nifti import DEFLATE_RATIO, LARGEST
from labelport.series.nifti.names import halves_of

MOST_BEYOND = 1 << 20
"""Bytes behind the voxels that are inflated to be counted."""

MOST_BLOCK = 1 << 27
"""Bytes of voxels that are held at once: a plane."""


@dataclass(frozen=True)
class Volume:
    """A volume of labels as it is to be read."""

    file: AnnotationFile
    """The header, or the whole of it."""

    labels: Sequence[Label]
    layout: Literal["onehot", "index"]

    other: AnnotationFile | None = None
    """The half of a pair that holds the voxels."""

    most: int = LARGEST
    """Bytes that a header may promise."""


def read(
    files: Mapping[str, AnnotationFile], claim: Claim, layout: Literal["onehot", "index"], context: ReadContext
) -> Parsed:
    """Return the rows of the volumes of a claim: a category for each label of its list."""
    listed_in = next((name for name in claim.shared if is_label_list(name)), None)
    if listed_in is None:
        for part in claim.parts:
            context.said.say("nifti.no_labels", part, "", "labels.json is in none of its folders")
        return Parsed(AnnotationSet())
    body = context.body(files[listed_in], most=label_list.MOST_BYTES)
    labels = None if body is None else labels_of(body, listed_in, context.said)
    if labels is None:
        return Parsed(AnnotationSet())
    named = Named(context)
    made = []
    for part in claim.parts:
        other = next((files[name] for name in halves_of(part) if name in claim.shared), None)
        found = read_volume(Volume(files[part], labels, layout, other), context, named)
        if found is not None:
            made.append(VolumeFile(part, [found]))
    return Parsed(annotation_set(made, listed=[(str(each.id), each.name) for each in labels], listed_in=listed_in))


def read_volume(volume: Volume, context: ReadContext, named: Named | None = None) -> Labelled | None:
    """Return the structures of one volume on its image, one for each label; null where it is refused, with a finding.

    Voxels are held a plane at a time, and the structures compressed. ``named``: keeps what many volumes of one
    reading look up.
    """
    said, file = context.said, volume.file
    try:
        header = header_of(file, said)
        voxels = None if header is None else _voxel_file(volume, header, said)
        if header is None or voxels is None or not _is_there(voxels, header, file.name, volume.most, said):
            return None
        images = (named or Named(context)).images(file.name) if context.volumes.asked else []
        if context.volumes.asked and not images:
            return None
        order = _order(volume, header, images, context)
        if order is None or not _is_held(order, header, file.name, said):
            return None
        grid = Grid(file.name, header.affine, order.space, header.oriented)
        where = placed(grid, images, said) if images else own_grid(grid, said)
        if where is None:
            return None
        classes = _classes(volume, header, voxels, order, said)
    except (ObjectAbsent, ObjectChanged, OSError) as error:
        said.say("format.unreadable", file.name, "", f"the file could not be read: {type(error).__name__}")
        return None
    return None if classes is None else _labelled(volume.labels, classes, where, order.space)


def _voxel_file(volume: Volume, header: Header, said: Said) -> AnnotationFile | None:
    """Return the file that holds the voxels."""
    if not header.pair:
        return volume.file
    if volume.other is None:
        said.say("nifti.half_pair", volume.file.name, "magic", "the file that holds its voxels is not there")
    return volume.other


def _is_there(voxels: AnnotationFile, header: Header, file: str, most: int, said: Said) -> bool:
    """Return whether a file can hold what its header promises, and may; nothing was inflated yet."""
    promised = header.promised
    if promised > most or max(header.dims) > MOST_SIDE:
        words = f"the header promises {promised:,} bytes; {most:,} are the most, and {MOST_SIDE:,} voxels along an axis"
        said.say("nifti.too_large", file, "dim", words, value=list(header.dims))
        return False
    compressed = _is_compressed(voxels, header)
    if promised > voxels.size * (DEFLATE_RATIO if compressed else 1):
        words = f"the header promises {promised:,} bytes, and {voxels.size:,}{' compressed' if compressed else ''} are there"
        said.say("nifti.truncated", file, "dim", words, value=list(header.dims), severity="error")
        return False
    return True


def _is_compressed(voxels: AnnotationFile, header: Header) -> bool:
    """Return whether voxels are compressed: the half of a pair may be so by itself."""
    return voxels.head(len(GZIP)) == GZIP if header.pair else header.compressed


def _is_held(order: Order, header: Header, file: str, said: Said) -> bool:
    held = order.block * header.dtype.itemsize
    if held > MOST_BLOCK:
        words = f"a plane has {held:,} bytes; {MOST_BLOCK:,} are the most"
        said.say("nifti.too_large", file, "dim", words, value=list(header.dims))
    return held <= MOST_BLOCK


def _order(volume: Volume, header: Header, images: Sequence[ImageVolume], context: ReadContext) -> Order | None:
    if volume.layout == "index":
        return order_of_index(header.dims, volume.file.name, context.said)

    def is_of_image(shape: Shape) -> bool:
        return can_lie_on(header.affine, shape, images, oriented=header.oriented)

    wanted = Wanted(len(volume.labels), context.options.channel_axis, is_of_image if images else None)
    return order_of_onehot(header.dims, wanted, volume.file.name, context.said)


def _classes(volume: Volume, header: Header, voxels: AnnotationFile, order: Order, said: Said) -> Classes | None:
    """Return the classes of the voxels, or null with a finding; what is odd about them is said."""
    file = volume.file.name
    compressed = _is_compressed(voxels, header)
    try:
        source = Bytes(voxels, compressed=compressed, start=header.offset)
        if volume.layout == "index":
            classes = classes_of_index(source, header, order, volume.labels)
        else:
            classes = classes_of_onehot(source, header, order)
        beyond = source.left(MOST_BEYOND) if compressed else voxels.size - header.promised
    except CutShort:
        words = "the file ends in front of the last voxel, or of the end of what is compressed"
        said.say("nifti.truncated", file, "dim", words, severity="error")
        return None
    except Damaged:
        said.say("nifti.damaged", file, "", "the compressed bytes are damaged, or not those that were written")
        return None
    except NotLabels as fault:
        said.say("nifti.not_a_label_map", file, "datatype", str(fault), value=header.dtype.name)
        return None
    _tell_oddities(classes, header, file, beyond + source.behind, said)
    return classes


def _tell_oddities(classes: Classes, header: Header, file: str, beyond: int, said: Said) -> None:
    if beyond:
        many = f"more than {MOST_BEYOND:,}" if beyond > MOST_BEYOND else f"{beyond:,}"
        said.say("nifti.trailing_data", file, "dim", f"{many} bytes follow the voxels")
    if header.scale is not None:
        words = "voxels are stored scaled by a slope and an intercept; the numbers were rounded"
        said.say("nifti.scaled_labels", file, "scl_slope", words, value=header.scale[0])
    if classes.inside != 1:
        words = "voxels inside of a class are not 1"
        said.say("nifti.onehot_not_binary", file, "datatype", words, value=classes.inside)
    for number, count in sorted(classes.unknown.items()):
        words = f"voxels with a number that labels.json does not name: {count:,}"
        said.say("nifti.unknown_class_id", file, str(number), words, value=number, count=count)


def _labelled(labels: Sequence[Label], classes: Classes, where: Placed, shape: Shape) -> Labelled:
    structures = [
        Structure(label.name, str(label.id), patches.turned(where.turn, shape), pointer=str(label.id))
        for label, patches in zip(labels, classes.patches, strict=True)
    ]
    return Labelled(where.image, structures)
