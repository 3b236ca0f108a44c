"""What a series rule is: two pure functions, one over rows, one over groups.

``Rule`` is what every rule has. The other protocols are parts that a rule may have besides: they are
looked for by ``isinstance``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import pyarrow as pa

from labelport.findings import Finding
from labelport.options import RuleOptions

if TYPE_CHECKING:
    from labelport.dataset import UserFile
    from labelport.series.plain import Tables

MediaRows: TypeAlias = Callable[[Iterable[str]], Iterator[Mapping[str, Any]]]
"""Yields media rows of the objects of some keys that are there, sorted by key: ``key`` and ``FACTS``."""

ItemRows: TypeAlias = pa.Table
"""Rows of ``tables.ITEMS`` in columns."""

FACTS = ("kind", "status", "frames", "frames_exact", "channels")
"""Media columns by which a table of the user's is judged."""


@dataclass(frozen=True)
class RuleContext:
    """What a rule may know beside its options."""

    dataset: str
    """Name of the dataset."""

    hmac_key: bytes | None = field(default=None, repr=False)
    """The project's key: series ids are HMACs under it."""

    read: "Callable[[str], UserFile] | None" = field(default=None, repr=False)
    """Reads a file that the options name; raises ``SettingsError``. For rules that have a table."""

    later: tuple[RuleOptions, ...] = ()
    """Options of the rules that the settings list after this one."""


@dataclass(frozen=True)
class Built:
    """Series, items and findings of one group."""

    series: Sequence[dict[str, Any]]
    """Rows of ``tables.SERIES``."""

    items: Sequence[dict[str, Any]]
    """Rows of ``tables.ITEMS``."""

    findings: Sequence[Finding] = ()
    """What is odd."""

    more_items: Sequence[ItemRows] = ()
    """Further items as tables of the same columns, words as plain text: of rules that make many at once."""

    def in_rows(self) -> "Built":
        """Return the same with all items as rows."""
        if not self.more_items:
            return self
        more = [row for table in self.more_items for row in table.to_pylist()]
        items = sorted([*self.items, *more], key=lambda row: (row["series_id"], row["index"], row["role"]))
        return replace(self, items=items, more_items=())


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


@runtime_checkable
class Founding(Protocol):
    """A rule some of whose objects found a group, while others only join one that was founded.

    ``group`` gives the keys of the founding ones and null for all others. An object that seeks a group in
    vain goes on to the next rules. All four are functions of one row, or of less.
    """

    founding: frozenset[str]
    """Kinds of media that may found a group."""

    def announced(self, key: str) -> Sequence[str]:
        """Return the names under which others can join the group of a founding object."""
        ...

    def sought(self, media: pa.RecordBatch) -> Sequence[Sequence[str]]:
        """Return for each row the names that it would join; the first that is announced counts."""
        ...

    def joined(self, name: str) -> str:
        """Return the group key that a name stands for."""
        ...


@runtime_checkable
class Tabled(Protocol):
    """A rule that has a table of the user's own, named in its options."""

    def said_of(self, group_key: str) -> bytes:
        """Return a digest of what the table says of a group: another one builds the group again."""
        ...

    def survey(self, media: MediaRows, claimed: int) -> Sequence[Finding]:
        """Return what is wrong with the table, places included: made anew each run, for lines move.

        ``claimed``: how many objects the rule claims.
        """
        ...


@runtime_checkable
class Blockwise(Protocol):
    """A rule that builds many groups at once, because columns of many rows cost little more than those of a few.

    It shows no context: ``refs`` gives nothing.
    """

    def build_block(self, groups: Sequence[tuple[str, int]], rows: pa.Table) -> Iterable[Built]:
        """Return what each group is: ``groups`` are their keys and numbers of rows, in the order of ``rows``."""
        ...


@runtime_checkable
class Inspecting(Protocol):
    """A rule with something to say of the bucket as a whole, such as what an index there names in vain."""

    def inspect(self, media: "Tables", statuses: Mapping[str, int]) -> Iterable[Finding]:
        """Return findings about media as they are now, in any order: made anew each run, never remembered.

        ``statuses``: how many objects have each status. So a rule that has nothing to look for reads nothing.
        """
        ...


def files_of(options: RuleOptions) -> tuple[str, ...]:
    """Return the files that the options of a rule name: they are inputs of the stage."""
    return tuple(getattr(options, "files", ()))
