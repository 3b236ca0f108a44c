"""Names in ``clientMetadata`` (specification 3.5; the SDK's rule for declared keys, in our words)."""

from typing import Literal

RESERVED_WORD = "keyframes"
"""Frame numbers for Encord's editor; nothing else may be called so."""

CONFIG = "$encord"
"""Encord's own block. Its nesting is documented nowhere: unconfirmed."""

_JOINERS = str.maketrans("", "", "-_ .")


def key_fault(name: str) -> Literal["reserved", "schema"] | None:
    """Return what is wrong with the name of a value of the user's own.

    ``reserved``: Encord would read something else in it. ``schema``: it can stand there, and cannot be
    declared in the metadata schema: letters, digits, ``-``, ``_``, ``.`` and blanks can.
    """
    if name.startswith("$") or name == RESERVED_WORD:
        return "reserved"
    letters = name.translate(_JOINERS)
    return None if letters.isalnum() and letters != RESERVED_WORD else "schema"
