"""The README beside Encord's files: what they are, and where they go."""

from collections.abc import Sequence

from labelport.findings import Finding
from labelport.manifests.beside import readme, toolchain
from labelport.manifests.encord.options import EncordOptions
from labelport.manifests.encord.outputs import Written

_FILES = 20
"""Names that are listed; a thousand chunks stand in the index."""

_WHERE = (
    "What Encord needs first: an integration with this storage that may read the objects, and CORS for its page.\n"
    "The files name objects by plain URLs, and hold no credentials."
)
_JSON = (
    "On Encord's page: the Files section of Index, a folder of yours, and there cloud data with the integration;\n"
    "one JSON file after another. In Python, with the SDK and the same folder:\n"
    '  folder.add_private_data_to_folder_start(integration_id, private_files=Path("{name}"))\n'
    "Give it a Path: an open file is refused, and a text that is no path is read as JSON."
)
_SDK = (
    "In Python only, with the SDK; Encord's page takes no file of this dialect (dialect: file):\n"
    '  items = DataUploadItems.from_dict(json.loads(Path("{name}").read_text()))  # encord.orm.storage\n'
    "  folder.add_private_data_to_folder_start(integration_id, private_files=items)\n"
    "once for each file. Passed as a path it would go to Encord unread, as a file of the other dialect."
)
_CSV = (
    "On Encord's page: the Files section of Index, a folder of yours, and there cloud data with the integration;\n"
    "one CSV file after another. The SDK takes no CSV. A CSV cannot be imported twice: everything would be there twice."
)
_SKIP = "Importing a file again is safe: Encord skips entries whose URLs are exactly those of items that it has."
_NO_SKIP = "skip_duplicate_urls is off: importing a file twice makes every item twice."
_SEQUENCES = "Image sequences: Encord writes a video into the bucket, and needs the right to write there."
_PLAN = (
    "Groups that Encord cannot make from a file stand in {names}: title and URLs of each. Make them after\n"
    "registration, from the ids of the items with these URLs."
)


def encord_readme(options: EncordOptions, written: Written, findings: Sequence[Finding]) -> bytes:
    """Return the README."""
    how = _CSV if options.format == "csv" else _SDK if options.dialect == "sdk" else _JSON
    paragraphs = [_WHERE, how.format(name=written.files[0])]
    if options.format == "json":
        paragraphs.append(_SKIP if options.skip_duplicate_urls else _NO_SKIP)
    if options.sequences:
        paragraphs.append(_SEQUENCES)
    if written.plans:
        paragraphs.append(_PLAN.format(names=_listed(written.plans)))
    paragraphs.append(
        f"Files: {_listed(written.files)}.\nNothing was sent to Encord: whether it takes them is seen there."
    )
    return readme(
        "Encord registration files",
        paragraphs,
        options=options.model_dump(mode="json", exclude={"name", "platform"}),
        counts={
            "entries": written.entries,
            "URLs": written.urls,
            "files": len(written.files),
            **dict(sorted(written.sections.items())),
        },
        tools=toolchain("labelport"),
        findings=findings,
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FILES:,} more" if len(names) > _FILES else ""
    return ", ".join(names[:_FILES]) + more
