"""What holds on every platform that is installed, for any tables."""

import copy
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.manifests.checking import HEAD_BYTES, check_files, detect, files_below, platforms
from labelport.manifests.chunks import is_index
from labelport.manifests.contract import Emitted, Platform
from labelport.manifests.cvat import Cvat, CvatOptions
from labelport.options import ManifestOptions
from labelport.registry import MANIFESTS, plugins
from labelport.runners.local import LocalRunner
from labelport.storage.contract import Bucket
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import Prefix, emit_to, files_of, media_row
from tests.labelport.manifests.any_tables import any_tables, text_of
from tests.labelport.manifests.encord.prefixes import everything
from tests.labelport.manifests.real_files import prefix_of
from tests.labelport.manifests.told_and_found import (
    Group,
    Order,
    assert_the_rest_is_explained,
    assert_whole_and_in_order,
    in_order_of_the_keys,
    in_order_of_the_tables,
    keys_by_address,
)
from tests.media import clip, photo

VARIANTS: dict[str, list[dict[str, Any]]] = {
    "cvat": [{}, {"sorting": "predefined", "version": "1.0"}],
    "encord": [{}, {"unconfirmed": True, "max_entries": 2}, {"format": "csv", "sequences": True}],
}
"""Options under which a platform is tried; without an entry its defaults."""

OPTIONS = [{"platform": name, **given} for name in plugins(MANIFESTS) for given in VARIANTS.get(name, [{}])]


def reading_back(platform: Platform) -> Callable[[Path], list[Group]]:
    """Return what reads a platform's files without us; it lies where the platform's other tests do."""
    package = type(platform).__module__.removeprefix("labelport.manifests.").split(".")[0]
    found: Callable[[Path], list[Group]] = importlib.import_module(
        f"tests.labelport.manifests.{package}.reading_back"
    ).groups
    return found


def order_of(options: ManifestOptions) -> Order:
    """Return the order that a platform demands."""
    by_key = options.platform == "cvat" and getattr(options, "sorting", None) == "lexicographical"
    return in_order_of_the_keys if by_key else in_order_of_the_tables


def with_texts(prefix: Prefix) -> Bucket:
    """Return a bucket that holds the text objects: some platforms take the text itself."""
    bucket = open_bucket("memory://texts of any tables")
    for row in prefix.media:
        if row["kind"] == "text":
            bucket.put(row["key"], text_of(row["key"]).encode())
    return bucket


@pytest.fixture(params=OPTIONS, ids=lambda given: " ".join(map(str, given.values())))
def options(request: pytest.FixtureRequest) -> ManifestOptions:
    given_options: dict[str, Any] = request.param
    model: type[ManifestOptions] = plugins(MANIFESTS)[given_options["platform"]].Options
    return model.model_validate(given_options)


@pytest.fixture
def platform(options: ManifestOptions) -> Platform:
    found: Platform = plugins(MANIFESTS)[options.platform]()
    return found


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(prefix=any_tables(), seed=st.integers(0, 99))
def test_any_tables_are_written_so_that_others_read_the_same_series(
    prefix: Prefix, seed: int, platform: Platform, options: ManifestOptions, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "first").mkdir()
    before = copy.deepcopy(prefix)
    told: list[str] = []
    bucket = with_texts(prefix)
    first = emit_to(folder / "first", platform, options, prefix, wrote=told.append, bucket=bucket)
    second = emit_to(folder / "second", platform, options, prefix.shuffled(seed), bucket=bucket)
    assert prefix == before
    assert files_of(folder / "first") == files_of(folder / "second")
    assert first == second
    written = files_below([folder / "first"])
    assert [f for f in platform.check(written, options) if f.severity == "error"] == []
    assert (first.entries > 0) is bool(told) is bool(written)
    assert len(told) == len(set(told))
    groups = reading_back(platform)(folder / "first")
    assert_whole_and_in_order(groups, prefix, told, first.findings, order=order_of(options))
    assert_the_rest_is_explained(prefix, told, first.findings)


def chosen_from() -> Prefix:
    """Return twelve series of pictures that differ in all by which ``where`` chooses, and that every platform takes."""
    prefix = Prefix()
    for number in range(12):
        ending, media_format = (".png", "png") if number % 2 else (".jpg", "jpeg")
        folder = "north" if number < 5 else "south"
        frames = [media_row(f"{folder}/{number:02}/{n}{ending}", media_format=media_format) for n in range(2)]
        prefix.add(
            f"{number}",
            frames,
            kind="frames",
            rule="pattern" if number % 3 else "table",
            flags=["index_gap"] if number % 4 == 0 else [],
            attributes=[("modality", "US" if number < 7 else "OT")],
        )
    prefix.add("ct/1", [media_row(f"ct/{n}.dcm", kind="dicom", media_format="dicom", frames=1) for n in range(2)])
    return prefix


WHERE: list[tuple[dict[str, Any], Callable[[int], bool]]] = [
    ({"kind": "frames"}, lambda number: True),
    ({"kind": "image", "rule": "pattern"}, lambda number: number % 3 != 0),
    ({"kind": "frames", "rule": ["table"]}, lambda number: number % 3 == 0),
    ({"format": "png"}, lambda number: number % 2 == 1),
    ({"key": "north/**"}, lambda number: number < 5),
    ({"attributes": {"modality": "US"}}, lambda number: number < 7),
    ({"flags": ["index_gap"]}, lambda number: number % 4 == 0),
    ({"kind": "frames", "without_flags": ["index_gap"]}, lambda number: number % 4 != 0),
]


def told_of(
    folder: Path, platform: Platform, options: ManifestOptions, prefix: Prefix, **given_options: Any
) -> set[str]:
    """Emit with more options; return which series have an entry, having read that they and no others do."""
    told: list[str] = []
    model = type(options).model_validate({**options.model_dump(exclude_defaults=True), **given_options})
    folder.mkdir()
    emitted = emit_to(folder, platform, model, prefix, wrote=told.append)
    assert_whole_and_in_order(reading_back(platform)(folder), prefix, told, emitted.findings, order=order_of(model))
    return set(told)


@pytest.mark.parametrize(("where", "fits"), WHERE, ids=lambda given: "-".join(given) if isinstance(given, dict) else "")
def test_where_takes_the_series_that_fit(
    where: dict[str, Any],
    fits: Callable[[int], bool],
    platform: Platform,
    options: ManifestOptions,
    tmp_path: Path,
) -> None:
    prefix = chosen_from()
    expected = {row["series_id"] for row in prefix.series if row["kind"] == "frames" and fits(int(row["group_key"]))}
    assert told_of(tmp_path / "where", platform, options, prefix, where=where) == expected


def test_a_sample_of_n_is_n_series_and_the_larger_one_holds_the_smaller(
    platform: Platform, options: ManifestOptions, tmp_path: Path
) -> None:
    def sample(n: int, state: int) -> set[str]:
        return told_of(
            tmp_path / f"{n} {state}",
            platform,
            options,
            chosen_from(),
            where={"kind": "frames"},
            sample={"n": n, "random_state": state},
        )

    assert [len(sample(n, 0)) for n in (1, 5, 99)] == [1, 5, 12]
    assert sample(1, 2) < sample(5, 2) != sample(5, 1)


def test_the_parts_of_a_split_are_disjoint_and_their_union_is_the_whole(
    platform: Platform, options: ManifestOptions, tmp_path: Path
) -> None:
    prefix = chosen_from()
    whole = told_of(tmp_path / "whole", platform, options, prefix)
    split = options.model_copy(update={"split": {"train": 0.5, "val": 0.3, "test": 0.2}})
    told: list[str] = []
    emit_to(tmp_path / "split", platform, split, prefix, wrote=told.append)
    assert len(told) == len(set(told))
    assert set(told) == whole
    by_address = keys_by_address(prefix)
    series_of = {row["key"]: row["series_id"] for row in prefix.items}
    parts = {
        part.name: {
            series_of[by_address[address]] for _, addresses in reading_back(platform)(part) for address in addresses
        }
        for part in (tmp_path / "split").iterdir()
    }
    assert sum(map(len, parts.values())) == len(whole)
    assert set().union(*parts.values()) == whole
    assert all(parts[name] for name in ("train", "val"))


def test_what_it_writes_is_its_own_by_content_and_nobody_elses(
    platform: Platform, options: ManifestOptions, tmp_path: Path
) -> None:
    prefix = everything()
    emit_to(tmp_path, platform, options, prefix, bucket=with_texts(prefix))
    known = platforms()
    for path in files_below([tmp_path]):
        head = path.read_bytes()[:HEAD_BYTES]
        assert detect(path, known) == platform.name, path.name
        if not is_index(path.name, head):  # which is alike on all; the chunks that it names say whose it is
            others = {name: known[name].detect(path.name, head) for name in known.keys() - {platform.name}}
            assert max(others.values()) <= 0.2, (path.name, others)
    assert [f for f in check_files([tmp_path]) if f.severity == "error"] == []


@pytest.mark.slow
def test_one_worker_and_two_give_equal_bytes_where_every_object_is_decoded(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for number in range(150):  # three shards of 64
        path = source / f"{number % 3}/{number}.{'png' if number % 2 else 'jpg'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo("PNG" if number % 2 else "JPEG", 8 + number, 9))
    for number in range(3):
        (source / f"{number}.mp4").write_bytes(clip(frames=12 + number))
    (source / "0/cut.jpg").write_bytes(photo()[:-40])
    prefix, bucket = prefix_of(source)
    options = CvatOptions(mode="exact")
    found: list[Emitted] = []
    for workers in (1, 2):
        runner = LocalRunner(workers=workers)
        try:
            made = emit_to(
                tmp_path / str(workers), Cvat(), options, prefix.shuffled(workers), bucket=bucket, runner=runner
            )
        finally:
            runner.close()
        found.append(made)
    assert files_of(tmp_path / "1") == files_of(tmp_path / "2")
    assert found[0] == found[1]
    assert [f.code for f in found[0].findings] == ["manifest.decode_failed"]
    assert found[0].entries > 153
