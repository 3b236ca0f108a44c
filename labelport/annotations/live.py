"""The files of an export under fixed names: ``<publish>/annotations/<format id>/``.

``LIVE`` in the folder names the generation whose files were copied whole. A run that finds another id there, or
none, copies again, so a killed one heals. The generation itself holds names and digests only: the same annotations
give the same bytes at any time.
"""

from collections.abc import Callable

from labelport.catalogue.generation import Generation
from labelport.errors import ObjectAbsent
from labelport.storage.contract import Bucket

LIVE = "LIVE"


def folder_of(format_id: str) -> str:
    """Return the folder of an export's files below ``publish``."""
    return f"annotations/{format_id}/"


def copied_whole(publish: Bucket, format_id: str) -> str | None:
    """Return the id of the generation that ``LIVE`` names, or null where there is none."""
    try:
        return publish.get(folder_of(format_id) + LIVE).body.decode("utf-8", "replace").strip()
    except ObjectAbsent:
        return None


def show(
    publish: Bucket, format_id: str, current: Generation, *, before: Generation | None, read: Callable[[str], bytes]
) -> int:
    """Make the folder show a generation; return how many files were written or removed.

    ``read`` gives the bytes of a file by its name. Files that are equal in ``before`` are left where ``LIVE`` says
    that it was copied whole. ``LIVE`` is written last.
    """
    shown = copied_whole(publish, format_id)
    if shown == current.id:
        return 0
    folder, wanted = folder_of(format_id), _digests(current)
    there = _digests(before) if before is not None and before.id == shown else {}
    done = 0
    for name in sorted(wanted, key=str.encode):
        if there.get(name) != wanted[name]:
            publish.put(folder + name, read(name))
            done += 1
    keep = {folder + name for name in wanted} | {folder + LIVE}
    stale = [key for batch in publish.list(folder) for key in batch.column("key").to_pylist() if key not in keep]
    for key in sorted(stale):
        publish.delete(key)
    publish.put(folder + LIVE, f"{current.id}\n".encode())
    return done + len(stale)


def _digests(generation: Generation) -> dict[str, str]:
    table = generation.table("files", columns=["name", "sha256"])
    return dict(zip(table.column("name").to_pylist(), table.column("sha256").to_pylist(), strict=True))
