"""Which version of which probe made a row, and whether that is still the current one."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from labelport.probing.contract import Probe
from labelport.registry import PROBES, plugins

DIED = "died"
"""Prefix of the version of rows whose worker died: any change of any probe may help them."""


def probes() -> dict[str, Probe]:
    """Return the probes by kind."""
    return {probe.kind: probe for probe in plugins(PROBES).values()}


def version_of(kind: str, versions: Mapping[str, str]) -> str:
    """Return the current version of a kind; a kind without a probe is ``<kind>-0``."""
    return versions.get(kind, f"{kind}-0")


PRIVATE = frozenset({"dicom"})
"""Kinds whose rows depend on the project's key and on ``privacy.keep``."""


def current_versions(*, hmac_key: bytes | None = None, keep: Iterable[str] = ()) -> dict[str, str]:
    """Return the current version of each probe by kind, and that of rows whose worker died.

    Where there is a key or a list of kept texts, 8 hex digits over them are in the version of the kinds
    that depend on them (``dicom-1.9f86d081``): a changed key makes these rows anew, and no others.
    """
    kept = sorted(keep)
    secret = hmac_key or b""
    mark = "." + hmac.new(secret, json.dumps(kept).encode(), "sha256").hexdigest()[:8] if secret or kept else ""
    found = {kind: probe.version + (mark if kind in PRIVATE else "") for kind, probe in sorted(probes().items())}
    return {**found, DIED: f"{DIED}-{digest(found)}"}


def digest(versions: Mapping[str, str]) -> str:
    """Return 8 hex digits over versions."""
    return hashlib.sha256(repr(sorted(versions.items())).encode()).hexdigest()[:8]


def outdated(made_by: pa.Array | pa.ChunkedArray, versions: Mapping[str, str]) -> pa.Array | pa.ChunkedArray:
    """Return which rows another version would make today.

    The version itself says whose it is (``audio-3``): the kind that the row has, whichever probe looked.
    A container with sound only is of kind audio, though the probe of videos opened it.
    """
    old = [version for version in pc.unique(made_by).to_pylist() if version != _today(version, versions)]
    return pc.is_in(made_by, value_set=pa.array(old, pa.string()))


def _today(version: str, versions: Mapping[str, str]) -> str:
    return version_of(version.rpartition("-")[0], versions)
