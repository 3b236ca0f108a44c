"""Which keys obstore can name: it has a path type of its own, and S3 has none."""

import re

_ALTERED = re.compile(
    r"""
    \A/ | /\Z           # obstore drops them, silently
    | //                # and refuses the rest
    | (?:\A|/)\.{1,2}(?:/|\Z)
    | [\x00-\x1f\x7f]
    """,
    re.VERBOSE,
)


def is_nameable(key: str) -> bool:
    """Return whether obstore calls an object by exactly this key: no empty segment, no ``.``, no control character.

    Measured with obstore 0.12: ``d/`` becomes ``d`` and ``/lead`` becomes ``lead`` without a word; the others
    raise. Whatever is not nameable goes through boto3, which takes any key.
    """
    return bool(key) and _ALTERED.search(key) is None
