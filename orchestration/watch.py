"""What sensors and schedules know of the datasets: read from the metadata of their external assets."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from assets.annotation_files import WATCH_ANNOTATIONS
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

    connection: str
    """Name of the connection that reaches its bucket and queue."""

    events: str | None
    """URL of its queue of events."""

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
    """The whole group without what is external: what a run asks for."""

    annotations: tuple[str, ...] = ()
    """URIs of its annotation files and results."""


def watches(specs: Iterable[dg.AssetSpec]) -> list[Watch]:
    """Return the enabled datasets by name; raises ``DagsterInvalidDefinitionError`` where two share a queue."""
    groups: dict[str, list[dg.AssetSpec]] = defaultdict(list)
    for spec in specs:
        groups[spec.group_name or ""].append(spec)
    found = []
    for specs_of_group in groups.values():
        for spec in specs_of_group:
            settings = _told(spec, WATCH)
            if settings is not None and settings["enabled"]:
                beside = [told for one in specs_of_group if (told := _told(one, WATCH_ANNOTATIONS)) is not None]
                sources = [str(uri) for told in beside for uri in told["sources"]]
                made = [s for s in specs_of_group if not {WATCH, WATCH_ANNOTATIONS} & s.metadata.keys()]
                found.append(_watch(settings, made, sources))
    _refuse_shared_queues(found)
    return sorted(found, key=lambda watch: watch.name)


def _told(spec: dg.AssetSpec, name: str) -> dict[str, Any] | None:
    """Return what an external asset tells of its dataset, or null where it tells nothing of that name."""
    told = spec.metadata.get(name)
    value: Any = told.value if isinstance(told, dg.MetadataValue) else told
    return value  # type: ignore[no-any-return]


def _refuse_shared_queues(found: Iterable[Watch]) -> None:
    owners: dict[str, list[str]] = defaultdict(list)
    for watch in found:
        if watch.events:
            owners[watch.events].append(watch.name)
    for url, names in sorted(owners.items()):
        if len(names) > 1:
            raise dg.DagsterInvalidDefinitionError(
                f"the datasets {' and '.join(sorted(names))} drain one queue, {url}: each would take the other's "
                "events. Give each a queue of its own (one SNS topic can feed both)."
            )


def _watch(settings: dict[str, Any], group: Sequence[dg.AssetSpec], annotations: Sequence[str]) -> Watch:
    group = sorted(group, key=lambda spec: spec.key)
    versions = "\n".join(f"{spec.key.to_user_string()} {spec.code_version}" for spec in group)
    poll_s = settings["poll_s"]
    refresh = settings["refresh"]
    return Watch(
        name=str(settings["name"]),
        bucket=str(settings["bucket"]),
        publish=str(settings["publish"]),
        connection=str(settings["connection"]),
        events=str(settings["events"]) if settings["events"] is not None else None,
        include=tuple(map(str, settings["include"])),
        exclude=tuple(map(str, settings["exclude"])),
        poll_s=int(str(poll_s)) if poll_s is not None else None,
        refresh=str(refresh) if refresh is not None else None,
        state=f"{settings['settings']}-{hashlib.sha256(versions.encode()).hexdigest()[:16]}",
        keys=tuple(spec.key for spec in group),
        annotations=tuple(annotations),
    )
