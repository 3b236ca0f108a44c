"""The contract of every manifest platform: subclass it, give a ``platform`` and ``options``, run it.

A platform passes when equal tables give equal bytes at any order of their rows, when ``check`` accepts
what ``emit`` wrote, when its input is left as it was, and when no object key leads out of the folder.
"""

import copy
from pathlib import Path

import pytest

from labelport.codes import CODES
from labelport.manifests.checking import BESIDE, files_below
from labelport.manifests.contract import Platform
from labelport.manifests.emission import stage_name
from labelport.options import ManifestOptions
from labelport.testing.emitting import PUBLISH_URI, PUBLISH_URL, InlineRunner, emit_to, files_of
from labelport.testing.prefix import USE, Prefix, Row, made_prefix, media_row, rendered_prefix

__all__ = [
    "HOSTILE_KEYS",
    "PUBLISH_URI",
    "PUBLISH_URL",
    "USE",
    "InlineRunner",
    "ManifestContract",
    "Prefix",
    "Row",
    "emit_to",
    "files_of",
    "made_prefix",
    "media_row",
    "rendered_prefix",
]

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

    @pytest.fixture
    def used(self, options: ManifestOptions) -> ManifestOptions:
        return options.model_copy(update={"use": USE})

    def test_with_use_it_names_renditions_in_place_of_their_objects(
        self, platform: Platform, used: ManifestOptions, tmp_path: Path
    ) -> None:
        prefix, ids = rendered_prefix()
        told: list[str] = []
        emitted = emit_to(tmp_path, platform, used, prefix, wrote=told.append)
        written = b"".join(body for name, body in files_of(tmp_path).items() if not name.endswith(BESIDE))
        over = {f.series_id for f in emitted.findings if f.code == "manifest.group_over_limit"}
        assert told
        assert len(told) == len(set(told))
        assert set(told) <= set(ids.values()) - {ids["lacking"]}
        assert {ids["clip"], ids["stack"], ids["windows"]} <= {*told, *over}
        assert b"unrendered" not in written
        for row in prefix.renditions:
            stem = row["key"].rsplit("/", 1)[1].split(".")[0]
            assert (stem.encode() in written) is (row["series_id"] in told), stem
        assert [f.series_id for f in emitted.findings if f.code == "manifest.rendition_missing"] == [ids["lacking"]]
        found = platform.check([p for p in files_below([tmp_path]) if p.is_file()], used)
        assert [f for f in found if f.severity == "error"] == []

    def test_with_use_equal_tables_give_equal_bytes_at_any_order_of_rows_and_stay_as_they_were(
        self, platform: Platform, used: ManifestOptions, tmp_path: Path
    ) -> None:
        prefix, _ = rendered_prefix()
        before = copy.deepcopy(prefix)
        first = emit_to(tmp_path / "first", platform, used, prefix)
        second = emit_to(tmp_path / "second", platform, used, prefix.shuffled(1))
        assert files_of(tmp_path / "first") == files_of(tmp_path / "second")
        assert (first.findings, first.entries) == (second.findings, second.entries)
        assert prefix == before

    def test_with_use_objects_are_called_by_the_store_that_they_lie_in(
        self, platform: Platform, used: ManifestOptions, tmp_path: Path
    ) -> None:
        prefix, _ = rendered_prefix()
        emit_to(tmp_path, platform, used, prefix)
        written = b"".join(body for name, body in files_of(tmp_path).items() if not name.endswith(BESIDE))
        for base in ("https://media.example/made", "s3://made-media"):
            assert f"{base}/renditions".encode() not in written
        for base in (PUBLISH_URL, PUBLISH_URI):
            assert f"{base}/sound".encode() not in written

    def test_a_split_with_use_puts_every_series_into_one_part(
        self, platform: Platform, used: ManifestOptions, tmp_path: Path
    ) -> None:
        prefix, ids = rendered_prefix()
        whole = emit_to(tmp_path / "whole", platform, used, prefix)
        parts = used.model_copy(update={"split": {"train": 0.5, "val": 0.5}})
        told: list[str] = []
        split = emit_to(tmp_path / "split", platform, parts, prefix, wrote=told.append)
        assert split.entries == whole.entries
        assert len(told) == len(set(told))
        assert ids["lacking"] not in told
