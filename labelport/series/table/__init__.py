"""Rule ``table``: a list of the user's own says which objects are one series."""

from labelport.series.table.options import TableOptions
from labelport.series.table.rule import TableRule

__all__ = ["TableOptions", "TableRule"]
