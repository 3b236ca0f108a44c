"""Options of the rule ``pattern``."""

import re
from typing import Literal, get_args

import regex
from pydantic import Field, field_validator

from labelport.options import RuleOptions

GROUPS = ("series", "index", "version", "camera")
"""Named groups that an expression may have; ``series`` is required."""

Kind = Literal["image", "text", "pointcloud"]
TAKEN: frozenset[str] = frozenset(get_args(Kind))
"""Kinds of media that `kinds` may name."""

FLAGS = regex.VERSION0
"""As Python's own ``re`` understands an expression."""

MOST_WRITTEN_OUT = 10_000
"""Most characters that an expression stands for, repetitions written out: ``a{1000000000}`` takes all memory there is
when it is compiled (measured with regex 2026.11: 14 s, then more than 3 GB)."""

_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?P?<\w+>|\?[a-zA-Z-]*:)?|\)|\{(?P<least>\d+)(?:,\d*)?\}|.", re.DOTALL
)
"""An escaped character, a set, the begin of a group, its end, how often at least, or any other character."""


def written_out(expression: str) -> int:
    """Return about how many characters an expression stands for at least, where its repetitions are written out.

    >>> written_out(r"case(?P<series>[0-9]{4}(?:ab){3})")
    14
    """
    sums, last = [0], 0
    for token in _TOKEN.finditer(expression):
        text = token.group()
        if text.startswith("("):
            sums.append(0)
            last = 0
            continue
        if text == ")":
            last = sums.pop() if len(sums) > 1 else 0
        elif token["least"] is not None:
            # What stands before it is counted once already; a number of a thousand digits is not made.
            times = int(token["least"][:9])
            sums[-1] += last * (times - 1)
            last *= times
            continue
        else:
            last = 1
        sums[-1] += last
    return sum(sums)


class PatternOptions(RuleOptions):
    """Options of the rule ``pattern``."""

    rule: Literal["pattern"] = "pattern"
    match: str = Field(description="Regular expression, searched in the key; groups series, index, version, camera.")
    kinds: list[Kind] = Field(["image"], min_length=1, description="Kinds of media that may be members.")
    versions: list[str] = Field(default_factory=list, description="Order of the versions.")
    duplicates: Literal["keep", "first"] = Field(
        "keep", description="first: of objects with one number the first counts, the others get the role duplicate."
    )

    @field_validator("match")
    @classmethod
    def _names_a_series(cls, value: str) -> str:
        if written_out(value) > MOST_WRITTEN_OUT:
            raise ValueError(f"it repeats something more than {MOST_WRITTEN_OUT:,} times, and no key is that long")
        try:
            compiled = regex.compile(value, FLAGS)
        except (regex.error, RecursionError) as error:
            raise ValueError(f"this is no regular expression: {error}") from error
        if "series" not in compiled.groupindex:
            raise ValueError("the expression needs the group (?P<series>…): what it matches names the series")
        unknown = sorted(set(compiled.groupindex) - set(GROUPS))
        if unknown:
            raise ValueError(f"there is no group {', '.join(unknown)}; there are {', '.join(GROUPS)}")
        return value

    @field_validator("versions")
    @classmethod
    def _each_version_once(cls, value: list[str]) -> list[str]:
        if len(set(value)) != len(value):
            raise ValueError("a version is named twice")
        return value
