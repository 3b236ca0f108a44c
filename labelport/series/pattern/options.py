"""Options of the rule ``pattern``."""

from typing import Literal

import regex
from pydantic import Field, field_validator

from labelport.options import RuleOptions

GROUPS = ("series", "index", "version", "camera")
"""Named groups that an expression may have; ``series`` is required."""

FLAGS = regex.VERSION0
"""As Python's own ``re`` understands an expression."""


class PatternOptions(RuleOptions):
    """Options of the rule ``pattern``."""

    rule: Literal["pattern"] = "pattern"
    match: str = Field(description="Regular expression, searched in the key; groups series, index, version, camera.")
    kinds: list[Literal["image", "text", "pointcloud"]] = Field(
        ["image"], min_length=1, description="Kinds of media that may be members."
    )
    versions: list[str] = Field(default_factory=list, description="Order of the versions.")
    duplicates: Literal["keep", "first"] = Field(
        "keep", description="first: of objects with one number the first counts, the others get the role duplicate."
    )

    @field_validator("match")
    @classmethod
    def _names_a_series(cls, value: str) -> str:
        try:
            compiled = regex.compile(value, FLAGS)
        except regex.error as error:
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
