"""Outputs that lie in the raw bucket as well: some platforms read a manifest only beside the data.

Off unless a manifest's options ask for it. Nothing that was not put there by this manifest is ever
overwritten or deleted: what another hand wrote stays, and is told.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from labelport.errors import ObjectAbsent
from labelport.findings import Finding, finding
from labelport.manifests.contract import Platform
from labelport.manifests.live import PLACED, FileGeneration, folder_of
from labelport.options import ManifestOptions
from labelport.storage.contract import Bucket

MOST_BYTES = 1 << 30
"""Larger objects are not read to see whose they are."""


def placements_of(platform: Platform, options: ManifestOptions, names: list[str]) -> dict[str, str]:
    """Return the key in the raw bucket of each output that lies there too, by the output's name."""
    give: Callable[[ManifestOptions, list[str]], Mapping[str, str]] = getattr(platform, "placements", lambda *_: {})
    return dict(give(options, names))


def free_placements(
    raw: Bucket, wanted: Mapping[str, str], digests: Mapping[str, str], placed: Mapping[str, str], *, stage: str
) -> tuple[dict[str, str], list[Finding]]:
    """Return the placements that may be written, and a finding for each where another's object lies.

    ``wanted``: key by output. ``digests``: SHA-256 of each output, hex. ``placed``: SHA-256 of what this
    manifest put there last, by key.
    """
    free: dict[str, str] = {}
    found: list[Finding] = []
    for name, key in wanted.items():
        there = _digest(raw, key)
        if there is None or there == digests[name] or there == placed.get(key):
            free[name] = key
        else:
            words = "an object that this manifest did not write lies where it belongs: it was left as it is"
            found.append(finding("manifest.place_taken", stage=stage, file=key, message=words))
    return free, found


def place(raw: Bucket, publish: Bucket, manifest: str, current: FileGeneration, *, extras: Mapping[str, Any]) -> int:
    """Put the outputs of a generation where its extras say; return how many objects were written or deleted.

    ``extras["placed"]``: SHA-256 by key; ``extras["placements"]``: key by output; ``extras["unplaced"]``:
    SHA-256 by key of what the last generation placed and this one does not. A run that was killed is repeated.
    """
    wanted: Mapping[str, str] = extras.get("placements") or {}
    gone: Mapping[str, str] = extras.get("unplaced") or {}
    marker = folder_of(manifest) + PLACED
    if not (wanted or gone) or is_placed(publish, manifest, current.id):
        return 0
    done = 0
    for name, key in wanted.items():
        if _digest(raw, key) != extras["placed"][key]:
            raw.put(key, current.read_file(name))
            done += 1
    for key, digest in gone.items():
        if _digest(raw, key) == digest:
            raw.delete(key)
            done += 1
    publish.put(marker, f"{current.id}\n".encode())
    return done


def placing_extras(
    placements: Mapping[str, str], digests: Mapping[str, str], before: Mapping[str, Any], *, finished: bool
) -> dict[str, Any]:
    """Return what a generation's extras say of its placements.

    ``before``: the extras of the last one; ``finished``: what that one had to delete is deleted.
    """
    placed = {key: digests[name] for name, key in placements.items()}
    known = {**({} if finished else before.get("unplaced") or {}), **(before.get("placed") or {})}
    unplaced = {key: digest for key, digest in known.items() if key not in placed}
    return {"placements": dict(placements), "placed": placed, "unplaced": unplaced} if placed or unplaced else {}


def is_placed(publish: Bucket, manifest: str, generation: str) -> bool:
    """Return whether the outputs of a generation were placed whole."""
    return _text(publish, folder_of(manifest) + PLACED) == generation


def _digest(bucket: Bucket, key: str) -> str | None:
    """Return the SHA-256 of an object, hex, or null where there is none; of one larger than any of ours a word."""
    try:
        if bucket.head(key).size > MOST_BYTES:
            return "too large to be ours"
        return hashlib.sha256(bucket.get(key).body).hexdigest()
    except ObjectAbsent:
        return None


def _text(bucket: Bucket, key: str) -> str | None:
    try:
        return bucket.get(key).body.decode("utf-8", "replace").strip()
    except ObjectAbsent:
        return None
