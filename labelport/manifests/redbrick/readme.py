"""The README beside RedBrick's tasks: where they go."""

from collections.abc import Mapping, Sequence

from labelport.findings import Finding
from labelport.manifests.beside import readme, toolchain
from labelport.manifests.json_array import Written
from labelport.manifests.redbrick.options import RedbrickOptions

_FILES = 20
"""Names that are listed; a thousand chunks stand in the index."""

_WHERE = (
    "In Python, with RedBrick's SDK and a storage method of yours, one file after another:\n"
    '  project.upload.create_datapoints(storage_id, json.load(open("{name}", encoding="utf-8")))\n'
    "On RedBrick's page: the Data page of the project, upload from the storage method, and there the JSON file."
)
_ACCESS = (
    "RedBrick reads the objects through the storage method: for S3 a role of your account that it may take, with\n"
    "GetObject on the prefix. The files hold no credentials."
)
_CORS = (
    "CORS: the bucket must allow GET from the origin of the RedBrick page. Without it the browser gets nothing, which\n"
    "looks like a missing file."
)
_ITEMS = "Items are keys of {place}{root}. The storage method must name the same bucket and folder."
_AGAIN = "A name is unique in a project: RedBrick refuses a task whose name it has, whatever its items are."


def redbrick_readme(
    options: RedbrickOptions, written: Written, places: Mapping[str, str | None], findings: Sequence[Finding]
) -> bytes:
    """Return the README; ``places``: URI of each store, null for a folder."""
    uri = places["raw" if options.use == "original" else "publish"]
    place = f"the bucket {uri.partition('://')[2].partition('/')[0]}" if uri else "the dataset's folder"
    root = f", below {options.root}" if options.root else ""
    more = f" and {len(written.files) - _FILES:,} more" if len(written.files) > _FILES else ""
    paragraphs = [
        _WHERE.format(name=written.files[0]),
        _ACCESS,
        _CORS,
        _ITEMS.format(place=place, root=root),
        _AGAIN,
        f"Files: {', '.join(written.files[:_FILES])}{more}.\nNothing was sent to RedBrick: whether it takes them is seen there.",
    ]
    return readme(
        "RedBrick AI tasks",
        paragraphs,
        options=options.model_dump(mode="json", exclude={"name", "platform"}),
        counts={"tasks": written.entries, "objects": written.urls, "files": len(written.files)},
        tools=toolchain("labelport"),
        findings=findings,
    )
