"""``clientMetadata`` of an entry: where it comes from, and the user's own values (specification 1.12 and 3.5)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labelport.manifests.contract import Item, Series
from labelport.manifests.encord.metadata_keys import CONFIG, RESERVED_WORD, key_fault
from labelport.manifests.encord.options import EncordOptions
from labelport.privacy import key_may_identify
from labelport.series.notes import Kind, joined

_VALUES: tuple[Kind, ...] = ("client_metadata", "embedding")
_OF_ITEMS: tuple[Kind, ...] = (*_VALUES, "keyframes")

MOST_DEPTH = 32
"""Levels of lists and objects in one value; deeper ones exhaust the stacks of those who read them."""


@dataclass(frozen=True)
class ClientMetadata:
    """The values of one entry, and what is said of them."""

    ours: dict[str, Any]
    """Dataset and series."""

    given: dict[str, Any]
    """Attributes, the user's own values, and what Encord's editor reads."""

    refused: tuple[str, ...] = ()
    """Columns whose names Encord reserves: left out."""

    odd: tuple[str, ...] = ()
    """Columns that cannot be declared in Encord's schema: written."""

    deep: tuple[str, ...] = ()
    """Columns whose values are nested deeper than any file should be: left out."""

    lost: tuple[str, ...] = ()
    """Columns of single items of a group, which has no place for them."""

    def all(self) -> dict[str, Any]:
        """Return all values in the order in which they are written."""
        return {**self.ours, **self.given}

    def may_identify(self) -> bool:
        """Return whether a given name or text is shaped like a name, a date or a record number."""
        return any(
            key_may_identify(name) or (isinstance(value, str) and key_may_identify(value))
            for name, value in self.given.items()
        )


def client_metadata(
    series: Series, items: Sequence[Item], options: EncordOptions, *, dataset: str, samples: bool = False
) -> ClientMetadata:
    """Return the values of an entry of these items of a series.

    Never a date or a generation: equal tables give equal bytes. ``samples``: it is one whose frames
    Encord samples.
    """
    ours = {"labelport.dataset": dataset, "labelport.series": series.row["series_id"]}
    chosen = [number for number, item in enumerate(items) if item.row.get("label_this", True)]
    to_label = {} if len(chosen) == len(items) else {"labelport.label_this": chosen}
    attributes = dict(series.row.get("attributes") or ())
    given = {name: attributes[name] for name in options.client_metadata if name in attributes}
    for notes in _notes(series, items):
        for kind in _VALUES:
            given |= joined(notes, kind)
    deep = tuple(name for name, value in given.items() if is_deeper_than(value, MOST_DEPTH))
    values = {name: value for name, value in given.items() if key_fault(name) != "reserved" and name not in deep}
    return ClientMetadata(
        ours,
        {**to_label, **values, **_key_frames(series, items, options), **_config(options, samples=samples)},
        refused=tuple(name for name in given if key_fault(name) == "reserved"),
        odd=tuple(name for name in values if key_fault(name) == "schema"),
        deep=deep,
        lost=tuple(sorted(_lost(items))),
    )


def is_deeper_than(value: Any, levels: int) -> bool:
    """Return whether a JSON value has more levels of lists and objects."""
    level = [value]
    for _ in range(levels + 1):
        level = [part for one in level for part in _parts(one)]
        if not level:
            return False
    return True


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _notes(series: Series, items: Sequence[Item]) -> Iterator[Any]:
    """Return the maps that hold joined values: that of the series, then that of the only item, which wins."""
    own = items[0].row.get("notes") if len(items) == 1 else None
    return (notes for notes in (series.row.get("metadata"), own) if notes)


def _lost(items: Sequence[Item]) -> set[str]:
    if len(items) < 2:
        return set()
    noted = (notes for item in items if (notes := item.row.get("notes")))
    return {name for notes in noted for kind in _OF_ITEMS for name in joined(notes, kind)}


def _key_frames(series: Series, items: Sequence[Item], options: EncordOptions) -> dict[str, Any]:
    if options.keyframes == "none":
        return {}
    given = [numbers for notes in _notes(series, items) for numbers in joined(notes, "keyframes").values()]
    return {RESERVED_WORD: given[-1]} if given else {}


def _config(options: EncordOptions, *, samples: bool) -> dict[str, Any]:
    """Return Encord's own block: its nesting stands in no document, so only ``unconfirmed`` options lead here."""
    rate = options.sampling_rate
    config: dict[str, Any] = {}
    if rate is not None:
        config["sampling_rate"] = int(rate) if rate == int(rate) else rate
    if options.keyframe_mode is not None:
        config["keyframe_mode"] = options.keyframe_mode
    return {CONFIG: {"config": config}} if samples and config else {}
