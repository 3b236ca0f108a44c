"""Options of the RedBrick AI manifest."""

from typing import Literal

from pydantic import Field

from labelport.options import ManifestOptions


class RedbrickOptions(ManifestOptions):
    """RedBrick AI's tasks: a JSON array of names, each with the series that are shown together."""

    platform: Literal["redbrick"] = "redbrick"
    items_root: str = Field("", description="Folder cut from the keys: where the storage method of RedBrick begins.")
    max_entries: int = Field(100_000, ge=1, description="Tasks of a chunk. Our number: the vendor gives none.")
    max_bytes: int = Field(50_000_000, ge=1024, description="Bytes of a chunk. Our number: the vendor gives none.")

    @property
    def root(self) -> str:
        """Return the folder that is cut, with the slash at its end; empty where there is none."""
        stripped = self.items_root.strip("/")
        return f"{stripped}/" if stripped else ""
