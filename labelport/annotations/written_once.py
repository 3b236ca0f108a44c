"""The one gate of the names of an export's files: safe, each once, and none both a file and a folder."""

from labelport.manifests.sink import safe_name


class WrittenOnce:
    """Remembers which names were written."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._folders: set[str] = {""}

    def take(self, name: str) -> None:
        """Take a name; raises ``ValueError`` for one that is unsafe, was taken, or is a folder of others."""
        safe_name(name)
        if "\\" in name:
            # Some systems unpack "..\x" as a path, and an export travels.
            safe_name(name.replace("\\", "/"))
        if not name.isascii():
            name.encode()  # a lone surrogate is no name anywhere
        if name in self._names:
            raise ValueError(f"the output {name!r} was opened twice")
        folder = name.rpartition("/")[0]
        if folder not in self._folders:
            self._take_folder(folder)
        if name in self._folders:
            raise ValueError(f"the output {name!r} is a folder of other outputs")
        self._names.add(name)

    def _take_folder(self, folder: str) -> None:
        parts = folder.split("/")
        above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        for each in above:
            if each in self._names:
                raise ValueError(f"the output {each!r} cannot be a folder as well")
        self._folders.update(above)
