"""What people look at of labels of volumes: how large structures are, and three slices with their outlines."""

from assets.previews import MOST_PNG_BYTES, Previews, live, markdown_table, picture
from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.kept import only_series
from labelport.annotations.structures_view.sheet import chosen_series, structures_sheet
from labelport.annotations.structures_view.table import structure_table
from labelport.annotations.volumes.catalogue_volumes import volumes_of
from labelport.annotations.volumes.document import read_document
from labelport.catalogue.generation import Generation
from labelport.dataset import Dataset
from labelport.errors import LabelportError

MOST_SERIES = 3
"""Series whose voxels are counted for the page: `labelport annotations structures` counts all."""

COLUMNS = ("structure", "ml", "voxels", "slices", "number", "series")

MOST_STRUCTURES = 20
"""Rows of the table."""


def structures_preview(dataset: Dataset, rows: AnnotationSet) -> Previews:
    """Return a table of structures and a picture, where there are labels of volumes; else nothing.

    What cannot be drawn is no reason to fail a run that has published.
    """
    if not any(read_document(body) is not None for body in rows.documents.values()):
        return {}
    try:
        return _preview(dataset, rows, live(dataset, "media_metadata"))
    except (LabelportError, OSError):
        return {}


def _preview(dataset: Dataset, rows: AnnotationSet, media: Generation) -> Previews:
    series = chosen_series(rows)
    few = only_series(rows, series[:MOST_SERIES])
    with volumes_of(dataset) as volumes:
        table = [row for row in structure_table(few, volumes) if row["series"] in series[:MOST_SERIES]]
        sheet = structures_sheet(dataset, few, volumes, media, most=MOST_PNG_BYTES)
    left = f" (of {min(len(series), MOST_SERIES)} of {len(series):,} series)" if len(series) > MOST_SERIES else ""
    return {
        f"structures{left}": markdown_table(
            [{name: _shown(row[name]) for name in COLUMNS} for row in table], most=MOST_STRUCTURES
        ),
        **picture("structures in three directions", sheet),
    }


def _shown(value: object) -> object:
    return f"{value:,.3f}" if isinstance(value, float) else value
