"""The option ``where`` of every rule: which objects it may claim at all."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from labelport.options import MediaWhere, as_list


@dataclass(frozen=True)
class Admission:
    """``where`` of one rule, compiled; all that is given must hold."""

    kinds: frozenset[str]
    formats: frozenset[str]
    key_matches: Callable[[str], bool] | None = field(default=None, repr=False)

    def admits(self, kind: str | None, file_format: str | None, key: str) -> bool:
        """Return whether the rule may claim an object."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.formats or file_format in self.formats)
            and (self.key_matches is None or self.key_matches(key))
        )

    def mask(self, media: pa.RecordBatch | pa.Table) -> pa.Array | pa.ChunkedArray | None:
        """Return which rows the rule may claim, from kind, format and key; null says all."""
        if not self.kinds and not self.formats and self.key_matches is None:
            return None
        mask = pa.repeat(True, media.num_rows)
        for column, wanted in (("kind", self.kinds), ("format", self.formats)):
            if wanted:
                given = media.column(column).cast(pa.string())
                mask = pc.and_(mask, pc.is_in(given, value_set=pa.array(sorted(wanted), pa.string())))
        if self.key_matches is not None:
            matches = [self.key_matches(key) for key in media.column("key").to_pylist()]
            mask = pc.and_(mask, pa.array(matches, pa.bool_()))
        return mask


def admission(where: MediaWhere | None) -> Admission:
    """Return the compiled ``where`` of a rule's options."""
    if where is None:
        return Admission(frozenset(), frozenset())
    globs = as_list(where.key)
    matches: Callable[[str], bool] | None = None
    if globs:
        from labelport.storage.globs import key_filter  # noqa: PLC0415 -- rules are on the import path of settings

        matches = key_filter(globs).matches
    return Admission(frozenset(as_list(where.kind)), frozenset(as_list(where.format)), matches)
