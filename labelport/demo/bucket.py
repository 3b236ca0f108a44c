"""The demo bucket: every file, and writing them where they are not there yet."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labelport.errors import BucketError
from labelport.progress import Progress, silent

README = "README.txt"

_README_TEXT = """\
The demo bucket of Labelport. `labelport demo` writes these files again, with the same bytes, where they are
missing or changed; what you add beside them stays.

dicom/        real files from the installed pydicom and nibabel: CT, MR, X-ray, ultrasound (one of 30 frames),
              colour, a dose volume, a report; without extension in some folders, as scanners write them
dicom/ct_phantom/
              a drawn chest of 12 slices: file names are in no order and instance numbers count down, so that
              only the position in space gives the right order; structures.dcm outlines five organs
nifti/        real volumes from the installed nibabel; a drawn chest and the labels of its lungs
photos/       drawn photos with the EXIF orientations 1 to 8 (all are shown upright), and one picture of each
              other format in formats/
ultrasound/heart/
              numbered frames of a drawn heart; number 13 is missing
windows/      three slices of a drawn chest, each as seen through a lung window and a bone window
clips/        H.264: with B-frames, turned by its display matrix, in three containers, and one of three frames
recordings/   heartbeats as mp4 (sound only), wav, flac and mp3, and the picture of their curve; one has no picture
street/       point clouds as PCD in both encodings, and as KITTI's plain floats
documents/    a PDF and notes
labels/       boxes of the photos as COCO, and of the drawn heart as YOLO; two of them are wrong on purpose. Organs of
              nifti/chest.nii.gz as a class-index volume
tables/       what the settings of the demo name: a list of photos to read in one series, and values to join
bad/          what every real bucket holds some of: cut files, an empty one, wrong extensions, playlists called
              .mp4 and .avi, a picture that claims 100,000 x 100,000 pixels, a DICOM that inflates to 64 MB, one
              of 5,000 nested sequences, random bytes, half a volume, an archive (neighbour.mp4 is a good clip:
              the playlist asks for it)
"""


@dataclass(frozen=True)
class Written:
    """What ``write_demo`` did."""

    files: int
    """Files of the demo."""

    written: int
    """Of them, written now; the others were there with equal bytes and were not touched."""

    size: int
    """Bytes of all of them."""


def demo_files() -> Iterator[tuple[str, bytes]]:
    """Yield key and bytes of every file of the demo; equal bytes on one toolchain."""
    # Here and not above: codecs cost a second, and the settings of the demo need none.
    from labelport.demo.broken import broken_files  # noqa: PLC0415
    from labelport.demo.clips import clips  # noqa: PLC0415
    from labelport.demo.clouds import clouds  # noqa: PLC0415
    from labelport.demo.documents import documents  # noqa: PLC0415
    from labelport.demo.labels import labels  # noqa: PLC0415
    from labelport.demo.pictures import (  # noqa: PLC0415
        numbered_frames,
        oriented_photos,
        other_formats,
        window_versions,
    )
    from labelport.demo.real import real_files  # noqa: PLC0415
    from labelport.demo.sounds import recordings  # noqa: PLC0415
    from labelport.demo.structures import structures  # noqa: PLC0415
    from labelport.demo.volumes import nifti, stack  # noqa: PLC0415

    yield README, _README_TEXT.encode()
    for part in (
        real_files,
        stack,
        nifti,
        oriented_photos,
        other_formats,
        numbered_frames,
        window_versions,
        clips,
        recordings,
        clouds,
        documents,
        labels,
        structures,
        broken_files,
    ):
        yield from part()


def write_demo(folder: Path, *, progress: Progress = silent) -> Written:
    """Write the demo bucket into a folder; files that are there with equal bytes are not touched.

    Raises ``BucketError`` for a folder that holds files and no demo: nobody's bucket is written into.
    """
    if folder.exists() and not folder.is_dir():
        raise BucketError(f"{folder} is a file: name a folder for the demo")
    if folder.is_dir() and any(folder.iterdir()) and not _is_demo(folder):
        raise BucketError(f"{folder} holds other files: name an empty folder, or a new one, for the demo")
    files = written = size = 0
    for key, body in demo_files():
        written += _write_changed(folder.joinpath(*key.split("/")), body)
        files += 1
        size += len(body)
        progress("writing the demo", files, None)
    return Written(files, written, size)


def _is_demo(folder: Path) -> bool:
    readme = folder / README
    return readme.is_file() and readme.read_bytes().startswith(b"The demo bucket of Labelport.")


def _write_changed(path: Path, body: bytes) -> bool:
    """Write a file where it is not there with these bytes, whole or not at all; return whether it was."""
    if path.is_file() and path.stat().st_size == len(body) and path.read_bytes() == body:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(body)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return True
