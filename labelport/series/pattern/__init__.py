"""Rule ``pattern``: names with numbers and versions in them make series."""

from labelport.series.pattern.options import PatternOptions
from labelport.series.pattern.rule import PatternRule

__all__ = ["PatternOptions", "PatternRule"]
