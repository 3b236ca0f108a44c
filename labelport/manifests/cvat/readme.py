"""The README beside CVAT's manifests: where each file must lie, and how a task is made of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from labelport.findings import Finding
from labelport.manifests.beside import readme, toolchain
from labelport.manifests.cvat.exact import TOOLS
from labelport.manifests.cvat.options import CvatOptions
from labelport.manifests.cvat.placing import CLOUDS, CLOUDS_INDEX, IMAGES, data_root, places


@dataclass
class Written:
    """What was written."""

    images: int = 0
    """Entries of images."""

    clouds: int = 0
    """Entries of clouds."""

    videos: int = 0
    """Manifests of videos."""

    key_frames: int = 0
    """Entries over all of them."""

    outputs: list[str] = field(default_factory=list)
    """Names of the manifests and indices."""

    @property
    def entries(self) -> int:
        """Return the entries over all files."""
        return self.images + self.clouds + self.key_frames


def readme_of(options: CvatOptions, written: Written, findings: Sequence[Finding]) -> bytes:
    """Return the README of one emission."""
    counts = {
        "images": written.images,
        "clouds": written.clouds,
        "videos": written.videos,
        "key frames": written.key_frames,
    }
    return readme(
        "CVAT dataset manifest",
        [*_paragraphs(options, written)],
        options=options.model_dump(mode="json", exclude={"name", "platform"}),
        counts=counts,
        tools=toolchain("labelport", *TOOLS),
        findings=findings,
    )


def _paragraphs(options: CvatOptions, written: Written) -> Iterator[str]:
    store, folder = data_root(options)
    root = f"the folder {folder} of publish" if folder else "the prefix of the dataset in its bucket"
    yield (
        "CVAT reads these files when a task is made from cloud storage. Names in a manifest are relative to the\n"
        "manifest's own folder, so each file works only where this page says. One task takes one of them:\n"
        "at most one .jsonl may be among its inputs."
    )
    yield f"<data root> is {root}." + (
        "\nThe files were put there too (place: data-root)." if options.place == "data-root" else ""
    )
    yield from _lists(options, written)
    if options.where or options.sample or options.split or options.is_batch:
        yield (
            "This manifest names a part of the data. Where <data root> holds another manifest, do not replace that one:\n"
            "copy the objects of this part to a prefix of their own, and put the manifest there."
        )
    if store == "raw":
        yield (
            "The next listing of the bucket finds what was put there: it is no media, and CVAT's manifests leave it\n"
            "out. To keep it out of the catalogue, name it in `exclude` of the dataset."
        )


def _lists(options: CvatOptions, written: Written) -> Iterator[str]:
    where = places(written.outputs)
    exactly = f"The task's sorting must be {options.sorting}, and its files exactly those of the manifest."
    for name in written.outputs:
        if not name.startswith("video/") and name in where:
            yield f"{name}\n  copy it to <data root>/{where[name]}"
    if written.images or written.clouds:
        yield exactly
    if CLOUDS_INDEX in written.outputs and IMAGES in written.outputs:
        yield (
            f"{CLOUDS_INDEX}\n  belongs to {CLOUDS} and has no place in <data root>: CVAT would take it for the index\n"
            "  of the images. A task of clouds works without it."
        )
    videos = [name for name in written.outputs if name.startswith("video/") and name in where]
    if videos:
        yield "\n".join(f"{name}\n  copy it to <data root>/{where[name]}" for name in videos)
        yield (
            "CVAT before mid-2026 fails on a video manifest that it takes for one of point clouds\n"
            "(\"'name' is required, but not found\")."
        )
