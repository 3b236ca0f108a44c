"""The catalogue: generations of Parquet tables, one live one a stage.

>>> import labelport.catalogue
>>> catalogue = labelport.catalogue.open("derived/birds")  # doctest: +SKIP
>>> catalogue.frame("media", columns=["key", "kind", "width"])  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labelport.catalogue.opened import Catalogue
    from labelport.storage.connection import Connection


def open(uri: str, connection: "Connection | None" = None) -> "Catalogue":
    """Return the catalogue of a dataset by the address of its ``publish``.

    ``connection``: how S3 is reached; without one by the ordinary AWS chain. Raises ``FileNotFoundError``
    where nothing was ever published there.
    """
    from labelport.catalogue.opened import opened  # noqa: PLC0415 -- importing the package stays light

    return opened(uri, connection)
