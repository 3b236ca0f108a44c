"""Rule ``dicom``: stacks by geometry, volumes over time, clips and single images of a study."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from labelport.findings import Finding
from labelport.options import RuleOptions
from labelport.probing.dicom.classes import IMAGES, LINKED
from labelport.series.contract import Built, RuleContext
from labelport.series.dicom.columns import Mask, Places
from labelport.series.dicom.directory import directory_findings
from labelport.series.dicom.instances import MEDIA_COLUMNS, Instance, in_row_order
from labelport.series.dicom.plain_stacks import PlainStack, plain_stacks
from labelport.series.dicom.study import FOLDER, Study, built_study
from labelport.series.members import folder_of
from labelport.series.plain import Tables
from labelport.series.where import admission

AT_ONCE = 4_096
"""Rows that are made instances together, or more where one group has more."""


class DicomOptions(RuleOptions):
    """Options of the rule ``dicom``."""

    rule: Literal["dicom"] = "dicom"
    merge_per_slice_series: bool = Field(
        False, description="Join series of one image each where SeriesNumber, shape and orientation agree."
    )


class DicomRule:
    """A study is a group; its series are split and ordered by what the images say of themselves."""

    name = "dicom"
    version = "dicom-2"
    columns: tuple[str, ...] = MEDIA_COLUMNS
    Options: type[RuleOptions] = DicomOptions

    def __init__(self, options: DicomOptions, context: RuleContext) -> None:
        self._options = options
        self._context = context

    def group(self, media: pa.RecordBatch) -> pa.Array:
        """Return the study of images and of what refers to them; ``folder:<folder>`` where there is none.

        Doses, plans, waveforms and documents are left to other rules.
        """
        taken = pc.is_in(pc.struct_field(media["dicom"], "class"), value_set=pa.array(sorted(IMAGES | LINKED)))
        is_dicom = pc.equal(media["kind"].cast(pa.string()), "dicom")
        claimed = pc.fill_null(pc.and_kleene(taken, is_dicom), False)
        studies = pc.struct_field(media["dicom"], "study_uid")
        named = pc.if_else(claimed, pc.if_else(pc.equal(studies, ""), None, studies), None)
        lost = np.flatnonzero(pc.and_(claimed, pc.is_null(named)).to_numpy(zero_copy_only=False))
        if not len(lost):
            return named
        by_folder = named.to_pylist()
        for row in lost.tolist():
            by_folder[row] = FOLDER + folder_of(media["key"][row].as_py())
        return pa.array(by_folder, pa.string())

    def refs(self, group_key: str) -> list[str]:  # noqa: ARG002 -- the contract of rules
        """Return nothing: all that belongs together is in one study."""
        return []

    def build(self, group_key: str, rows: pa.Table, context: pa.Table) -> Built:  # noqa: ARG002
        """Return series, items and findings of a study."""
        (built,) = self.build_block([(group_key, rows.num_rows)], rows)
        return built

    def build_block(self, groups: Sequence[tuple[str, int]], rows: pa.Table) -> Iterator[Built]:
        """Yield series, items and findings of some studies, whose rows follow one another."""
        sizes = np.array([count for _, count in groups])
        plain, left = plain_stacks(rows, np.repeat(np.arange(len(groups)), sizes))
        of_group: dict[int, list[PlainStack]] = {}
        for stack in plain:
            of_group.setdefault(stack.group, []).append(stack)
        for number, (given, instances) in enumerate(zip(groups, _left(rows, left, sizes), strict=True)):
            study = Study(given[0], instances, of_group.get(number, ()), rows)
            yield built_study(study, self._context, merge_per_slice=self._options.merge_per_slice_series)

    def finish(self, counts: dict[str, int]) -> Sequence[Finding]:  # noqa: ARG002
        """Return nothing: findings are about groups, and about DICOMDIRs."""
        return ()

    def inspect(self, media: Tables, statuses: Mapping[str, int]) -> Iterable[Finding]:
        """Return what each DICOMDIR names in vain, and what none of them names."""
        return directory_findings(media, admission(self._options.where)) if statuses.get("not_media") else ()


def _left(rows: pa.Table, left: Mask, sizes: Places) -> Iterator[list[Instance]]:
    """Yield the instances of each group that are in no plain stack, sorted; some thousand are made at once."""
    ends = np.cumsum(sizes)
    before = np.concatenate([[0], np.cumsum(left)])
    counts = (before[ends] - before[ends - sizes]).tolist()
    places = np.flatnonzero(left)
    held: list[int] = []
    start = end = 0
    for number, count in enumerate(counts):
        held.append(count)
        end += count
        if end - start >= AT_ONCE or number == len(counts) - 1:
            made = iter(in_row_order(rows.take(pa.array(places[start:end]))))
            for each in held:
                yield sorted(islice(made, each), key=lambda instance: instance.order)
            held, start = [], end
