"""What a series rule is: two pure functions, one over rows, one over groups."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from labelport.findings import Finding
from labelport.options import RuleOptions
from labelport.storage.contract import Bucket


@dataclass(frozen=True)
class RuleContext:
    """What a rule may know beside its options."""

    dataset: str
    """Name of the dataset."""

    hmac_key: bytes | None = field(default=None, repr=False)
    """The project's key: series ids are HMACs under it."""

    bucket: Bucket | None = None
    """For rules that read a table."""


@dataclass(frozen=True)
class Built:
    """Series, items and findings of one group."""

    series: Sequence[dict[str, Any]]
    """Rows of ``tables.SERIES``."""

    items: Sequence[dict[str, Any]]
    """Rows of ``tables.ITEMS``."""

    findings: Sequence[Finding] = ()
    """What is odd."""


class Rule(Protocol):
    """One rule. Made once a run from its options; ``Rule.Options`` derives from ``RuleOptions``."""

    name: str
    """dicom, video, pattern …"""

    version: str
    """Another one rebuilds all groups of this rule."""

    columns: tuple[str, ...]
    """Columns of ``tables.MEDIA`` (beside store, key, token) that ``build`` reads."""

    Options: type[RuleOptions]

    def __init__(self, options: Any, context: RuleContext) -> None: ...

    def group(self, media: pa.RecordBatch) -> pa.Array:
        """Return the group key, or null, of each row (string array). No state, no look at other rows."""
        ...

    def refs(self, group_key: str) -> list[str]:
        """Return keys of objects of other groups that this group shows as context."""
        ...

    def build(self, group_key: str, rows: pa.Table, context: pa.Table) -> Built:
        """Return what the group is. Pure; ``rows`` come sorted by key, equal rows give equal output."""
        ...

    def finish(self, counts: dict[str, int]) -> Sequence[Finding]:
        """Return findings about the rule as a whole, from ``counts`` that grouping gathered."""
        ...
