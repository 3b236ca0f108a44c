"""Whether a finding's JSON pointer (RFC 6901) is a place in the document that it is about."""

from typing import Any


def leads_somewhere(document: Any, pointer: str) -> bool:
    """Return whether a pointer leads to a value, or names a member that an object there lacks."""
    there = document
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for number, name in enumerate(parts, start=1):
        if isinstance(there, list):
            if not name.isdigit() or int(name) >= len(there):
                return False
            there = there[int(name)]
        elif isinstance(there, dict) and name in there:
            there = there[name]
        else:
            return isinstance(there, dict) and number == len(parts)
    return True
