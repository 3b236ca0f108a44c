"""What sensor and schedules know of the datasets: read from the metadata of their buckets."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import dagster as dg

from assets.bucket import WATCH


@dataclass(frozen=True)
class Watch:
    """One enabled dataset."""

    name: str
    """Name of the dataset."""

    bucket: str
    """URI of its bucket."""

    publish: str
    """URI of what it publishes; never looked at for changes."""

    include: tuple[str, ...]
    """Globs of keys that are read."""

    exclude: tuple[str, ...]
    """Globs of keys that are left out."""

    poll_s: int | None
    """Seconds between inventory runs where nothing cheaper can tell that something changed."""

    refresh: str | None
    """Cron of the full listing."""

    state: str
    """Hash of the settings and of all code versions of the group."""

    keys: tuple[dg.AssetKey, ...]
    """The whole group without the external bucket: what a run asks for."""


def watches(specs: Iterable[dg.AssetSpec]) -> list[Watch]:
    """Return the enabled datasets by name."""
    groups: dict[str, list[dg.AssetSpec]] = defaultdict(list)
    for spec in specs:
        groups[spec.group_name or ""].append(spec)
    found = []
    for specs_of_group in groups.values():
        for spec in specs_of_group:
            told = spec.metadata.get(WATCH)
            if told is not None:
                settings = told.value if isinstance(told, dg.MetadataValue) else told
                if settings["enabled"]:
                    found.append(_watch(settings, [s for s in specs_of_group if s.key != spec.key]))
    return sorted(found, key=lambda watch: watch.name)


def _watch(settings: dict[str, object], group: Sequence[dg.AssetSpec]) -> Watch:
    group = sorted(group, key=lambda spec: spec.key)
    versions = "\n".join(f"{spec.key.to_user_string()} {spec.code_version}" for spec in group)
    poll_s = settings["poll_s"]
    refresh = settings["refresh"]
    return Watch(
        name=str(settings["name"]),
        bucket=str(settings["bucket"]),
        publish=str(settings["publish"]),
        include=tuple(map(str, settings["include"])),  # type: ignore[call-overload]
        exclude=tuple(map(str, settings["exclude"])),  # type: ignore[call-overload]
        poll_s=int(str(poll_s)) if poll_s is not None else None,
        refresh=str(refresh) if refresh is not None else None,
        state=f"{settings['settings']}-{hashlib.sha256(versions.encode()).hexdigest()[:16]}",
        keys=tuple(spec.key for spec in group),
    )
