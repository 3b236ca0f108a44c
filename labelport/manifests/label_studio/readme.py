"""The README beside Label Studio's tasks: where they go, and a labeling config that shows them."""

from collections.abc import Collection, Mapping, Sequence

from labelport.findings import Finding
from labelport.manifests.beside import readme, toolchain
from labelport.manifests.json_array import Written
from labelport.manifests.label_studio.options import LabelStudioOptions
from labelport.manifests.label_studio.tasks import Shape

_FILES = 20
"""Names that are listed; a thousand chunks stand in the index."""

_WHERE = (
    "In Label Studio: the Import button of the project's Data Manager, one JSON file after another; or POST a file to\n"
    "/api/projects/<id>/import. Every import makes new tasks: importing a file twice makes all of them twice."
)
_SYNC = (
    "Do not let a storage of the project sync these files from a bucket: a source storage makes a task of each object\n"
    "that it finds, and older servers take a file of several tasks for one."
)
_BY_URI = (
    "Objects called s3://bucket/key: the project needs a storage (Settings, Cloud Storage) with that bucket, with\n"
    "pre-signed URLs on: the server signs for it; nothing has to be synced. Its key needs GetObject and ListBucket."
)
_BY_URL = "Objects called by an https URL: the browser of the one who labels reads them by itself, without credentials."
_CORS = (
    "CORS: the bucket must allow GET from the origin of the Label Studio page. Without it the browser gets nothing, which\n"
    "looks like a missing file."
)
_TEXT = "Text is called by its address: valueType is url."
_MIXED = (
    "The tasks hold different things, and a project refuses a task that lacks a key of its labeling config. Make a\n"
    "manifest for each with `where: {kind: ...}`, or import before the config is set."
)
_WORDS = {"image": "one image", "images": "a list of images", "video": "video", "audio": "audio", "text": "text"}


def words_of(shape: Shape) -> str:
    """Return what tasks of a shape hold, in words.

    >>> words_of(("audio", "image"))
    'audio with one image'
    """
    return " with ".join(_WORDS[part] for part in shape)


def config_of(shape: Shape, options: LabelStudioOptions) -> str:
    """Return the labeling config that shows tasks of a shape; what to label is the reader's to add.

    >>> config_of(("images",), LabelStudioOptions())
    '<View><Image name="image" valueList="$image"/></View>'
    """
    tags = {
        "image": f'<Image name="image" value="${options.image_key}"/>',
        "images": f'<Image name="image" valueList="${options.image_key}"/>',
        "video": f'<Video name="video" value="${options.video_key}"/>',
        "audio": f'<Audio name="audio" value="${options.audio_key}"/>',
        "text": f'<Text name="text" value="${options.text_key}" valueType="url"/>',
    }
    return f"<View>{''.join(tags[part] for part in shape)}</View>"


def label_studio_readme(
    options: LabelStudioOptions,
    written: Written,
    shapes: Mapping[Shape, int],
    findings: Sequence[Finding],
    *,
    by_url: Collection[bool],
) -> bytes:
    """Return the README; ``by_url``: whether objects are called by https, not by bucket and key; or both."""
    configs = [f"{words_of(shape)}:\n  {config_of(shape, options)}" for shape in shapes]
    paragraphs = [
        _WHERE,
        _SYNC,
        *([_BY_URI] if False in by_url else []),
        *([_BY_URL] if True in by_url else []),
        _CORS,
        "What the labeling config must show, by what a task holds. Add what is to be labeled (<RectangleLabels>,\n"
        "<Choices> ...): without that Label Studio opens no labeling page.\n" + "\n".join(configs),
        *([_TEXT] if any("text" in shape for shape in shapes) else []),
        *([_MIXED] if len(shapes) > 1 else []),
        f"Files: {_listed(written.files)}.",
    ]
    return readme(
        "Label Studio tasks",
        paragraphs,
        options=options.model_dump(mode="json", exclude={"name", "platform"}),
        counts={
            "tasks": written.entries,
            "objects": written.urls,
            "files": len(written.files),
            **{f"tasks of {words_of(shape)}": count for shape, count in shapes.items()},
        },
        tools=toolchain("labelport"),
        findings=findings,
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FILES:,} more" if len(names) > _FILES else ""
    return ", ".join(names[:_FILES]) + more
