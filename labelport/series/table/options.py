"""Options of the rule ``table``."""

from typing import Literal

from pydantic import Field

from labelport.options import RuleOptions

Column = Literal["key", "series", "index", "frame", "version", "camera", "role", "of_index", "label", "notes"]


class TableOptions(RuleOptions):
    """Options of the rule ``table``."""

    rule: Literal["table"] = "table"
    path: str = Field(min_length=1, description="CSV or Parquet: below the bucket's prefix, an absolute path or a URI.")
    columns: dict[Column, str] = Field(
        default_factory=dict, description="What columns are called in the table, as {series: clip_id}."
    )

    @property
    def files(self) -> tuple[str, ...]:
        """Return the path of the table."""
        return (self.path,)
