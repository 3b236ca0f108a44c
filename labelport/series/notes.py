"""What stands in ``items.notes`` and ``series.metadata``: two maps of text that hold values of several kinds.

Both are maps of text to text, and what a dataset's ``metadata`` joins is of five kinds. So the name says
the kind, ``<kind>:<column>``, and the value of every kind but ``notes`` is JSON. A name without a kind
comes from the rule that built the series. Writers and readers of the two columns use this module only.
Why: docs/decisions/0008-metadata-in-maps.md.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, get_args

Kind = Literal["notes", "client_metadata", "embedding", "keyframes", "label"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What a joined value may be for."""

Pairs: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]] | None
"""A map as Arrow gives it (a list of pairs), as a dictionary, or null."""


def entry(kind: Kind, column: str, value: Any) -> tuple[str, str]:
    """Return name and text of one joined value; raises ``ValueError`` for what JSON cannot hold (NaN, bytes).

    ``notes`` take text as it is; all others any JSON value.

    >>> entry("client_metadata", "age", 54)
    ('client_metadata:age', '54')
    >>> entry("client_metadata", "site", "54")
    ('client_metadata:site', '"54"')
    """
    if kind == "notes":
        return f"{kind}:{column}", str(value)
    try:
        return f"{kind}:{column}", json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
        )
    except TypeError as error:
        raise ValueError(f"JSON cannot hold a {type(value).__name__}") from error


def joined(pairs: Pairs, kind: Kind) -> dict[str, Any]:
    """Return the joined values of one kind by column, in the order of their names.

    ``notes``: text. ``client_metadata``: text, number, boolean, list or object. ``embedding``: list of
    floats. ``keyframes``: list of 0-based frame numbers, ascending. ``label``: true or false.

    >>> joined([("client_metadata:age", "54"), ("notes:site", "north")], "client_metadata")
    {'age': 54}
    """
    start = f"{kind}:"
    texts = {name.removeprefix(start): text for name, text in _sorted(pairs) if name.startswith(start)}
    return {name: text if kind == "notes" else json.loads(text) for name, text in texts.items()}


def of_rule(pairs: Pairs) -> dict[str, str]:
    """Return what the rule itself noted (columns of a rule's table), in the order of their names.

    >>> of_rule([("notes", "first take"), ("notes:site", "north")])
    {'notes': 'first take'}
    """
    return {name: text for name, text in _sorted(pairs) if not is_joined(name)}


def is_joined(name: str) -> bool:
    """Return whether a name is that of a joined value: no column of a rule's table may be called so."""
    return name.partition(":")[0] in KINDS and ":" in name


def _sorted(pairs: Pairs) -> list[tuple[str, str]]:
    return sorted((pairs.items() if isinstance(pairs, Mapping) else pairs) or ())
