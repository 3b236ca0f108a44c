"""The README beside Labelbox's data rows: where they go."""

from collections.abc import Iterable, Sequence

from labelport.findings import Finding
from labelport.manifests.beside import readme, toolchain
from labelport.manifests.json_array import Written
from labelport.manifests.labelbox.options import LabelboxOptions

_FILES = 20
"""Names that are listed; a thousand chunks stand in the index."""

_WHERE = (
    "In Python, with Labelbox's SDK and a dataset of yours, one file after another:\n"
    '  dataset.create_data_rows(json.load(open("{name}", encoding="utf-8")))\n'
    "On Labelbox's page: Catalog, a new dataset, and there the JSON file."
)
_ACCESS = (
    "Labelbox reads the objects through IAM delegated access: a role of your account that it may take, with GetObject on\n"
    "the prefix. Create the integration first, and choose it for the dataset. The files hold no credentials."
)
_CORS = (
    "CORS: the bucket must allow GET from the origin of the Labelbox page. Without it the browser gets nothing, which\n"
    "looks like a missing file."
)
_FIELDS = (
    "Metadata fields must be there before the import: make these in Labelbox's schema, as strings: {names}.\n"
    "A row with a field that the schema does not have is refused."
)
_AGAIN = (
    "A global key is the SHA-256 of the row's URL. Importing a file again is safe: Labelbox refuses keys that it has.\n"
    "So new bytes or new metadata under an old URL do not arrive by an import."
)


def labelbox_readme(
    options: LabelboxOptions, written: Written, columns: Iterable[str], findings: Sequence[Finding]
) -> bytes:
    """Return the README; ``columns``: names of the notes that stand in the rows."""
    more = f" and {len(written.files) - _FILES:,} more" if len(written.files) > _FILES else ""
    paragraphs = [
        _WHERE.format(name=written.files[0]),
        _ACCESS,
        _CORS,
        _FIELDS.format(names=", ".join([options.series_field, *sorted(columns)])),
        _AGAIN,
        f"Files: {', '.join(written.files[:_FILES])}{more}.\nNothing was sent to Labelbox: whether it takes them is seen there.",
    ]
    return readme(
        "Labelbox data rows",
        paragraphs,
        options=options.model_dump(mode="json", exclude={"name", "platform"}),
        counts={
            "data rows": written.entries,
            "objects": written.urls,
            "files": len(written.files),
            **dict(sorted(written.sections.items())),
        },
        tools=toolchain("labelport"),
        findings=findings,
    )
