"""NIfTI volumes of labels of a set, and the labels.json that they share."""

from collections import Counter
from collections.abc import Iterator, Mapping

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Output, WriteContext
from labelport.annotations.formats.nifti.written_files import VolumeFiles
from labelport.annotations.formats.nifti.written_header import BITS, UINT8, header
from labelport.annotations.formats.nifti.written_labels import LABELS, MOST_ID, MOST_VOXEL, Labels, labels_of
from labelport.annotations.formats.nifti.written_stream import packed
from labelport.annotations.formats.nifti.written_voxels import TYPES, classes_of, index, index_kind, onehot
from labelport.annotations.said import Said
from labelport.annotations.volumes.gathering import Drawn, drawn_volumes
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.structures import Structure, overlap
from labelport.probing.nifti import LARGEST


def write(given: AnnotationSet, output: Output, layout: str, context: WriteContext) -> None:
    """Write labels.json with all categories, and a volume of each image volume.

    ``layout`` is ``onehot`` (x, y, z, channel; a channel a class) or ``index`` (x, y, z; the id of the class). Voxels
    are those of the images, planes in the order of their series. What cannot be written as a volume is told, and the
    other ones are written. Raises ``Collision`` before anything is written.
    """
    said = context.said
    files = VolumeFiles(given, said)
    labels = labels_of(given, said, most=MOST_ID if layout == "onehot" else MOST_VOXEL)
    output.put(LABELS, labels.body)
    for drawn in drawn_volumes(given, context.volumes, said):
        file = files.of(drawn.image)
        if file is None:
            continue
        _tell_united(drawn, labels, file, said)
        classes = classes_of(drawn, labels.class_of)
        if not _can_be_written(drawn.image, classes, labels, layout, file=file, said=said):
            continue
        with output.open(file) as raw:
            for part in _volume(drawn.image, classes, labels, layout):
                raw.write(part)


def _can_be_written(
    image: ImageVolume, classes: Mapping[int, Structure], labels: Labels, layout: str, *, file: str, said: Said
) -> bool:
    """Return whether a volume can be written; say why not."""
    if image.affine is None:
        words = f"the planes of {image.series_id} are not evenly spaced"
        said.say("nifti.irregular_series", file, "", words, value=image.series_id)
        return False
    if not labels.ids:  # there is no volume of no channel, and no reader takes an empty labels.json
        said.say("loss.negative_images", file, "", "there is no class to be absent", count=image.shape[2])
        return False
    columns, rows, planes = image.shape
    size = columns * rows * planes * (len(labels.ids) if layout == "onehot" else 1)
    if size > LARGEST:  # it is written: others may read it
        words = f"the volume has {size:,} voxels over all classes; above 8 GiB it is not read back"
        said.say("nifti.too_large", file, "", words, severity="warning", hint="Export nifti_index, or fewer classes.")
    shared = overlap(list(classes.values())) if layout == "index" else 0
    if shared:
        words = f"{shared:,} voxels are of more than one class"
        said.say("nifti.overlap", file, "", words, value=shared, count=shared)
    return not shared


def _volume(image: ImageVolume, classes: Mapping[int, Structure], labels: Labels, layout: str) -> Iterator[bytes]:
    """Yield the bytes of a volume that can be written, gzip."""
    if image.affine is None:
        return
    channels = [len(labels.ids)] if layout == "onehot" else []
    kind = UINT8 if channels else index_kind(labels.ids)
    if channels:
        planes = onehot(classes, image.shape, *channels)
    else:
        planes = index(classes, image.shape, labels.ids, TYPES[kind])
    start = header([*image.shape, *channels], image.affine, kind=kind, oriented=image.oriented)
    columns, rows, _ = image.shape
    yield from packed(start, planes, columns * rows * BITS[kind] // 8)


def _tell_united(drawn: Drawn, labels: Labels, file: str, said: Said) -> None:
    """Say where structures that their source told apart are of one class."""
    counts = Counter(position for each in drawn.categories if (position := labels.class_of[each]) is not None)
    for position, count in sorted(counts.items()):
        if count > 1:
            words = f"{count:,} structures of one name became one class"
            said.say("loss.duplicate_name", file, str(labels.ids[position]), words, count=count - 1)
