"""What the last run read, so that only changed files are read again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.joining import numbered
from labelport.annotations.ordering import renamed
from labelport.catalogue.generation import Generation

PART, SHARED, UNKNOWN = "part", "shared", "unknown"
DOUBLE = "double"
"""A DICOM object that lies elsewhere too: it is looked at in each run, as the other one may be gone."""


AND = " and "
"""Between the claims that share a file: one list of labels for volumes of two layouts."""


def claims_of(row: Mapping[str, Any]) -> list[str]:
    """Return the claims that a row of ``tables.SOURCES`` is a file of."""
    return row["claim"].split(AND) if row["claim"] else []


@dataclass(frozen=True)
class Before:
    """The tables of a live generation."""

    rows: AnnotationSet = field(default_factory=AnnotationSet)
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Row of ``tables.SOURCES`` by file."""

    findings: pa.Table | None = None

    @classmethod
    def of(cls, live: Generation | None) -> "Before":
        """Return what a generation holds; nothing where there is none."""
        if live is None:
            return cls()
        sources = {row["source_file"]: row for row in live.table("sources").to_pylist()}
        documents = {name: row["document"] for name, row in sources.items() if row["document"] is not None}
        return cls(set_of(live, documents), sources, live.table("findings"))

    def parts_of(self, claim: str) -> list[str]:
        """Return the parts that a claim had."""
        return [name for name, row in self.sources.items() if row["claim"] == claim and row["role"] == PART]

    def decided(self, claim: str) -> dict[str, str]:
        """Return what was decided for a claim."""
        for row in self.sources.values():
            if claim in claims_of(row) and row["decided"]:
                return dict(row["decided"])
        return {}

    def told(self, names: Collection[str]) -> set[str]:
        """Return the codes of the findings about some files."""
        if self.findings is None:
            return set()
        about = pc.is_in(self.findings.column("file"), pa.array(list(names), pa.string()))
        return set(self.findings.column("code").filter(about).to_pylist())

    def evidence(self, names: Collection[str]) -> dict[str, dict[str, int]]:
        """Return the counts on which it was decided, by part."""
        return {name: dict(self.sources[name]["evidence"] or ()) for name in names if name in self.sources}


def set_of(live: Generation, documents: Mapping[str, bytes] | None = None) -> AnnotationSet:
    """Return the annotations of a generation of the stage, whole in memory."""
    if documents is None:
        rows = live.table("sources", columns=["source_file", "document"]).to_pylist()
        documents = {row["source_file"]: row["document"] for row in rows if row["document"] is not None}
    return AnnotationSet(
        live.table("images"),
        live.table("categories"),
        live.table("annotations"),
        live.table("skeletons"),
        documents,
    )


def only_files(given: AnnotationSet, files: Collection[str]) -> AnnotationSet:
    """Return the rows of some files. A category stays where one of them named it first, or has an annotation of it."""
    wanted = pa.array(sorted(files), pa.string())

    def of_files(table: pa.Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.asarray(pc.is_in(table.column("source_file").combine_chunks(), wanted), bool)

    images, annotations, categories = of_files(given.images), of_files(given.annotations), of_files(given.categories)
    kept = given.annotations.filter(pa.array(annotations))
    used = kept.column("category_id").drop_null().unique().cast(pa.int64()).to_numpy()
    categories[used] = True
    made = replace(
        given,
        images=numbered(given.images.filter(pa.array(images))),
        categories=numbered(given.categories.filter(pa.array(categories))),
        annotations=kept,
        skeletons=numbered(given.skeletons.filter(pa.array(of_files(given.skeletons)))),
        documents={name: body for name, body in given.documents.items() if name in set(files)},
    )
    return renamed(made, image_of=np.cumsum(images) - 1, category_of=np.cumsum(categories) - 1)


def only_series(given: AnnotationSet, series: Collection[str]) -> AnnotationSet:
    """Return the rows of images of some series, with all categories; documents stay."""
    column = given.images.column("series_id").combine_chunks()
    images = np.asarray(pc.fill_null(pc.is_in(column, pa.array(sorted(series), pa.string())), False), bool)
    keep = pa.array(images[given.annotations.column("image_id").to_numpy()])
    made = replace(
        given,
        images=numbered(given.images.filter(pa.array(images))),
        annotations=given.annotations.filter(keep),
    )
    return renamed(made, image_of=np.cumsum(images) - 1, category_of=np.arange(given.categories.num_rows))
