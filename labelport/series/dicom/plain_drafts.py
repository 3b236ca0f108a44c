"""Plain stacks as series: the same rows as those of other stacks, their items made of columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.series.dicom.drafts import judge_places
from labelport.series.dicom.geometry import normal_of
from labelport.series.dicom.instances import Instance
from labelport.series.dicom.naming import channel_of, part_of
from labelport.series.dicom.plain_stacks import PlainStack
from labelport.series.dicom.rows import Draft
from labelport.series.members import highest_risk
from labelport.series.plain import plain_schema
from labelport.tables import ITEMS

PLAIN_ITEMS = plain_schema(ITEMS)


@dataclass(kw_only=True)
class PlainDraft(Draft):
    """A series whose items are rows of a table; ``entries`` is empty."""

    stack: PlainStack

    @property
    def instances(self) -> list[Instance]:
        """Return the file that stands for all: what is asked of them is equal in all."""
        return [self.stack.least.instance]

    @property
    def first(self) -> Instance:
        """Return the file of the first item."""
        return self.stack.first.instance

    @property
    def items(self) -> int:
        """Return how many items there are."""
        return len(self.stack.order)

    @property
    def damaged(self) -> bool:
        """Return whether a member is cut short."""
        return self.stack.damaged

    @property
    def phi_risk(self) -> str | None:
        """Return the highest risk of the members."""
        return highest_risk(self.stack.phi_risk)


def plain_draft(stack: PlainStack) -> PlainDraft:
    """Return the series that a plain stack is."""
    least = stack.least
    series = str(least.instance.dicom["series_uid"])
    draft = PlainDraft(
        series_key=series,
        kind="stack",
        order_basis="ipp",
        part=part_of(series, [least], ()),
        entries=[],
        dims=[("slice", len(stack.order))],
        channel=channel_of([least], ()),
        attributes=dict(stack.attributes),
        stack=stack,
    )
    assert least.iop is not None
    judge_places(draft, [stack.first, stack.last], stack.positions.tolist(), normal_of(least.iop))
    return draft


def plain_items(rows: pa.Table, drafts: Sequence[tuple[PlainDraft, str]]) -> pa.Table:
    """Return the items of some plain series, each with its id, in the order given; ``rows``: media."""
    stacks = [draft.stack for draft, _ in drafts]
    sizes = np.array([len(stack.order) for stack in stacks])
    count = int(sizes.sum())
    of = pa.array(np.repeat(np.arange(len(drafts)), sizes))
    order = pa.array(np.concatenate([stack.order for stack in stacks]))
    given: dict[str, Any] = {
        "series_id": pa.array([made for _, made in drafts], pa.string()).take(of),
        "index": pa.array(np.concatenate([np.arange(size, dtype=np.int32) for size in sizes])),
        "role": pa.repeat("image", count),
        "store": rows["store"].take(order),
        "key": rows["key"].take(order),
        "channel": pa.array([draft.channel for draft, _ in drafts], pa.string()).take(of),
        "position_mm": pa.array(np.concatenate([stack.positions for stack in stacks])),
        "label_this": pa.repeat(True, count),
        "notes": pa.repeat(pa.scalar([], PLAIN_ITEMS.field("notes").type), count),
    }
    columns = [given[field.name] if field.name in given else pa.nulls(count, field.type) for field in PLAIN_ITEMS]
    return pa.Table.from_arrays(columns, schema=PLAIN_ITEMS)
