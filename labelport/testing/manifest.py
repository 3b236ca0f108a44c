"""The contract of every manifest platform: subclass it, give a ``platform`` and ``options``, run it.

A platform passes when equal tables give equal bytes at any order of their rows, when ``check`` accepts
what ``emit`` wrote, when its input is left as it was, and when no object key leads out of the folder.
"""

import copy
import hashlib
import importlib
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from labelport.codes import CODES
from labelport.dataset import UserFile
from labelport.errors import SettingsError
from labelport.manifests.checking import files_below
from labelport.manifests.contract import EmitContext, Emitted, Platform
from labelport.manifests.emission import emit_manifest, stage_name
from labelport.manifests.reading import TableSeries
from labelport.manifests.sink import FolderSink
from labelport.options import ManifestOptions
from labelport.privacy import series_id
from labelport.runners.contract import Runner, Shard, ShardResult, Work
from labelport.storage.contract import Bucket
from labelport.storage.keys import url_of
from labelport.storage.opening import open_bucket
from labelport.tables import ITEMS, MEDIA, SERIES, Table

Row = dict[str, Any]

HOSTILE_KEYS = (
    "../../outside.png",
    "a/../../outside.png",
    "/etc/outside.png",
    "a//double.png",
    "./here.png",
    "new\nline.png",
    "=cmd|' /C calc'!A0.png",
    'quote",comma.png',
    "C:\\outside.png",
    "..\\..\\outside.png",
    "manifest.jsonl",
    "LIVE",
    f"{'long' * 80}.png",
)
"""Keys that no manifest may trust."""


class InlineRunner:
    """Runs work here and now, in this process: for tests of what the work does, not of its isolation."""

    def __init__(self) -> None:
        self.objects = 0

    def map(self, work: Work, shards: Iterable[Shard]) -> Iterator[ShardResult]:
        """Yield the result of each shard, the last ones first: nobody may rely on the order."""
        module, _, name = work.function.partition(":")
        function = getattr(importlib.import_module(module), name)
        results = []
        for shard in shards:
            self.objects += shard.rows.num_rows
            rows = function(shard.rows, dict(work.options), lambda row: None)  # noqa: ARG005
            survivors = tuple(range(shard.rows.num_rows))
            results.append(ShardResult(shard.number, pa.Table.from_batches([rows]), survivors))
        yield from reversed(results)

    def close(self) -> None:
        """Do nothing: there is no worker."""


def _row(table: Table, given: Mapping[str, Any]) -> Row:
    unknown = given.keys() - set(table.schema.names)
    assert not unknown, f"{table.name} has no column {sorted(unknown)}"
    return {**dict.fromkeys(table.schema.names), **given}


def media_row(key: str, *, kind: str = "image", media_format: str = "png", **given: Any) -> Row:
    """Return a media row of an object, good unless said otherwise; columns not given are null."""
    name = key.rsplit("/", 1)[-1]
    known = {
        "store": "raw",
        "key": key,
        "token": f"token of {key}",
        "size": 100,
        "kind": kind,
        "format": media_format,
        "extension": f".{name.rsplit('.', 1)[1]}" if "." in name else "",
        "extension_mismatch": False,
        "status": "ok",
        "probe_version": f"{kind}-1",
        **({"width": 8, "height": 6, "stored_width": 8, "stored_height": 6, "frames": 1} if kind == "image" else {}),
    }
    return _row(MEDIA, {**known, **given})


@dataclass
class Prefix:
    """Rows of the three tables that a manifest is made of."""

    media: list[Row] = field(default_factory=list)
    series: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)

    def add(self, name: str, media: Sequence[Row], *, kind: str = "single", rule: str = "single", **given: Any) -> str:
        """Add a series of these objects, in this order; return its id. ``given``: columns of the series."""
        identity = series_id(dataset="made", rule=rule, group_key=name)
        self.series.append(
            _row(
                SERIES,
                {
                    "series_id": identity,
                    "rule": rule,
                    "kind": kind,
                    "group_key": name,
                    "items": len(media),
                    "flags": [],
                    "attributes": [],
                    "metadata": [],
                    **given,
                },
            )
        )
        for index, row in enumerate(media):
            role = row["kind"] if row["kind"] in {"audio", "video"} else "image"
            self.add_item(identity, index, row, role=role)
        return identity

    def add_item(self, identity: str, index: int, media: Row, *, role: str = "image", **given: Any) -> None:
        """Add one item and its object to a series."""
        known = {
            "series_id": identity,
            "index": index,
            "role": role,
            "store": media["store"],
            "key": media["key"],
            "label_this": True,
            "notes": [],
        }
        self.items.append(_row(ITEMS, {**known, **given}))
        if media not in self.media:
            self.media.append(media)

    def shuffled(self, seed: int) -> "Prefix":
        """Return the same rows in another order."""
        order = random.Random(seed)
        return Prefix(*(order.sample(rows, len(rows)) for rows in (self.media, self.series, self.items)))

    def media_in_order(self) -> Iterator[Row]:
        """Yield the media rows in key order."""
        return iter(sorted(self.media, key=lambda row: (row["store"].encode(), row["key"].encode())))


def made_prefix() -> Prefix:
    """Return frames, versions, single images and a stack of DICOM: what any platform may be given."""
    prefix = Prefix()
    prefix.add("us/case9", [media_row(f"us/case9/f{n:03}.png") for n in range(12)], kind="frames", rule="pattern")
    prefix.add("us/case10", [media_row(f"us/case10/f{n}.png") for n in range(3)], kind="frames", rule="pattern")
    versions = prefix.add("ct/7", [], kind="versions", rule="pattern", items=2)
    for index, name in enumerate(("bone", "lung")):
        prefix.add_item(versions, index, media_row(f"ct/7_{name}.png"), version=name)
    for key in ("é.png", "b/z.jpg", "b/A.jpg"):
        prefix.add(key, [media_row(key, media_format="jpeg" if key.endswith("jpg") else "png")])
    dicom = [media_row(f"ct/s/{n}.dcm", kind="dicom", media_format="dicom", frames=1) for n in range(3)]
    prefix.add("ct/s", dicom, kind="stack", rule="dicom")
    return prefix


def emit_to(
    folder: Path,
    platform: Platform,
    options: ManifestOptions,
    prefix: Prefix,
    *,
    bucket: Bucket | None = None,
    cache: Mapping[str, Any] | None = None,
    runner: Runner | None = None,
    url_base: str | None = "https://media.example/made",
    uri_base: str | None = "s3://made-media",
    files: Mapping[str, bytes] | None = None,
    wrote: Callable[[str], None] = lambda _: None,
) -> Emitted:
    """Emit a manifest of a prefix into a folder; work runs in this process unless a runner is given.

    Objects are called by ``url_base`` and their key; without one as the bucket calls them. By bucket and key
    they are called ``<uri_base>/<key>``; null is a folder, which has no such name. ``files``: what the
    options may name, by path. ``wrote`` is told the id of each series that has an entry.
    """
    given = files or {}

    def file(path: str) -> UserFile:
        if path not in given:
            raise SettingsError(f"there is no file {path}")
        return UserFile(path, hashlib.sha256(given[path]).hexdigest(), given[path])

    context = EmitContext(
        dataset="made",
        bucket=bucket or open_bucket("memory://manifest-contract"),
        runner=lambda: runner or InlineRunner(),
        media=prefix.media_in_order,
        url=(lambda _, key: url_of(url_base, key)) if url_base else None,
        uri=lambda _, key: f"{uri_base}/{key}" if uri_base else None,
        file=file,
        wrote=wrote,
        cache=cache or {},
    )
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    return emit_manifest(platform, options, series, FolderSink(folder), context)


def files_of(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by relative path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class ManifestContract:
    """What every platform must do. A subclass gives the fixture ``platform``, and ``options`` where needed."""

    @pytest.fixture
    def platform(self) -> Platform:
        raise NotImplementedError

    @pytest.fixture
    def options(self, platform: Platform) -> ManifestOptions:
        return platform.Options.model_validate({"platform": platform.name})

    @pytest.fixture
    def prefix(self) -> Prefix:
        return made_prefix()

    def test_options_name_their_platform(self, platform: Platform) -> None:
        assert platform.Options.model_validate({"platform": platform.name}).platform == platform.name
        assert platform.version

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_equal_tables_give_equal_bytes_at_any_order_of_rows(
        self, platform: Platform, options: ManifestOptions, prefix: Prefix, tmp_path: Path, seed: int
    ) -> None:
        first = emit_to(tmp_path / "first", platform, options, prefix)
        second = emit_to(tmp_path / "second", platform, options, prefix.shuffled(seed))
        assert files_of(tmp_path / "first")
        assert files_of(tmp_path / "first") == files_of(tmp_path / "second")
        assert (first.findings, first.entries) == (second.findings, second.entries)

    def test_what_it_writes_its_check_accepts(
        self, platform: Platform, options: ManifestOptions, prefix: Prefix, tmp_path: Path
    ) -> None:
        emitted = emit_to(tmp_path, platform, options, prefix)
        assert emitted.entries > 0
        found = platform.check([p for p in files_below([tmp_path]) if p.is_file()], options)
        assert [f for f in found if f.severity == "error"] == []

    def test_it_recognises_what_it_writes(
        self, platform: Platform, options: ManifestOptions, prefix: Prefix, tmp_path: Path
    ) -> None:
        emit_to(tmp_path, platform, options, prefix)
        for path in files_below([tmp_path]):
            assert platform.detect(path.name, path.read_bytes()[:4096]) >= 0.8, path.name

    def test_its_input_is_left_as_it_was(
        self, platform: Platform, options: ManifestOptions, prefix: Prefix, tmp_path: Path
    ) -> None:
        before = copy.deepcopy(prefix)
        emit_to(tmp_path, platform, options, prefix)
        assert prefix == before

    def test_no_key_leads_out_of_the_folder(self, platform: Platform, options: ManifestOptions, tmp_path: Path) -> None:
        prefix = Prefix()
        for key in HOSTILE_KEYS:
            prefix.add(key, [media_row(key), media_row(f"{key}.2.png")], kind="frames", rule="pattern")
            video = media_row(f"{key}.mp4", kind="video", media_format="mp4")
            prefix.add(f"{key}.mp4", [video], kind="frames", rule="video")
        home = tmp_path / "deep" / "home"
        home.mkdir(parents=True)
        emit_to(home, platform, options, prefix)
        assert [p for p in tmp_path.rglob("*") if p.is_file() and not p.is_relative_to(home)] == []
        found = platform.check(list(files_below([home])), options)
        assert [f for f in found if f.severity == "error"] == []

    def test_without_series_nothing_is_written_and_the_finding_says_so(
        self, platform: Platform, options: ManifestOptions, tmp_path: Path
    ) -> None:
        emitted = emit_to(tmp_path, platform, options, Prefix())
        assert [f.code for f in emitted.findings] == ["manifest.empty"]
        assert files_of(tmp_path) == {}

    def test_findings_have_registered_codes_and_the_stage_of_the_manifest(
        self, platform: Platform, options: ManifestOptions, prefix: Prefix, tmp_path: Path
    ) -> None:
        emitted = emit_to(tmp_path, platform, options, prefix)
        assert {f.stage for f in emitted.findings} <= {stage_name(options.manifest_name)}
        assert {f.code for f in emitted.findings} <= CODES.keys()

    def test_it_tells_which_series_have_an_entry(
        self, platform: Platform, options: ManifestOptions, prefix: Prefix, tmp_path: Path
    ) -> None:
        bad = prefix.add("bad", [media_row("bad/cut.png", status="truncated")], kind="frames", rule="pattern")
        told: list[str] = []
        emit_to(tmp_path, platform, options, prefix, wrote=told.append)
        assert told
        assert len(told) == len(set(told))
        assert set(told) <= {row["series_id"] for row in prefix.series} - {bad}

    def test_a_split_puts_every_series_into_one_part(
        self, platform: Platform, options: ManifestOptions, prefix: Prefix, tmp_path: Path
    ) -> None:
        whole = emit_to(tmp_path / "whole", platform, options, prefix)
        parts = options.model_copy(update={"split": {"train": 0.5, "val": 0.5}})
        split = emit_to(tmp_path / "split", platform, parts, prefix)
        assert split.entries == whole.entries
        assert {name.split("/")[0] for name in files_of(tmp_path / "split")} == {"train", "val"}

    def test_check_finds_fault_with_a_file_cut_short(
        self, platform: Platform, options: ManifestOptions, prefix: Prefix, tmp_path: Path
    ) -> None:
        emit_to(tmp_path, platform, options, prefix)
        path = next(p for p in files_below([tmp_path]) if p.name != "index.json")
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert any(f.severity == "error" for f in platform.check([path], options))
