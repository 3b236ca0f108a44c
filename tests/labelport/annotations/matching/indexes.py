"""Indexes of images for tests, and what a matcher makes of names."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from labelport.annotations.matching import Matcher
from labelport.annotations.places import PLACE_SCHEMA, Places
from labelport.annotations.said import Said
from labelport.findings import Finding
from labelport.options import AnnotationOptions


def index_of_keys(*keys: str, **columns: Sequence[Any]) -> pa.Table:
    """Return an index of whole objects of the dataset's bucket."""
    given: dict[str, Sequence[Any]] = {"store": ["raw"] * len(keys), "key": keys, **columns}
    return pa.table(
        {field.name: pa.array(given.get(field.name, [None] * len(keys)), field.type) for field in PLACE_SCHEMA},
        schema=PLACE_SCHEMA,
    )


def placed(
    keys: Sequence[str] | pa.Table,
    names: Sequence[str],
    alternatives: Sequence[Sequence[str]] = (),
    *,
    roots: Sequence[str] = (),
    **options: Any,
) -> tuple[Places, list[Finding]]:
    """Return where names lead, and the findings; the pointer of each is its number."""
    said = Said()
    index = keys if isinstance(keys, pa.Table) else index_of_keys(*keys)
    matcher = Matcher(index, AnnotationOptions(**options), said, roots=roots)
    places = matcher(names, lambda number: ("labels.json", str(number)), alternatives)
    return places, said.findings()


def led(keys: Sequence[str], name: str, *others: str, **options: Any) -> str | None:
    """Return the key to which a name leads, or the code of the finding that says why to none."""
    places, findings = placed(keys, [name], [others] if others else (), **options)
    key: str | None = places.column("key").to_pylist()[0]
    if key is None:
        return findings[0].code
    assert [found.code for found in findings] in ([], ["name.folded"])
    return key
