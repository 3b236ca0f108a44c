import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks.manifest_run import DATASET
from benchmarks.manifest_stream import Run, publish, table_of
from benchmarks.measuring import measured
from benchmarks.series_made import FRAMES, MadeSeries
from labelport.catalogue.stage import Stage
from labelport.manifests.reading import MEDIA_COLUMNS, StageSeries, media_rows
from labelport.storage.opening import open_bucket


def run(platform: str, *, mib: float = 1, entries: int = 10) -> Run:
    told = {"entries": entries, "emit_cpu_s": 2.0, "check_cpu_s": 1.0, "emit_mib": 1.0, "check_mib": mib}
    return Run(platform, "series", 10_000, told)


@pytest.mark.parametrize(("mib", "missed"), [(250, 0), (251, 1)])
def test_a_missed_goal_says_so(mib: float, missed: int) -> None:
    out = io.StringIO()
    Console(file=out, width=160).print(table_of([run("floor"), run("acme", mib=mib), run("none", entries=0)]))
    assert out.getvalue().count("MISSED") == missed
    assert "(5,000)" in out.getvalue(), "a platform that takes none of the series wrote nothing"


@pytest.mark.parametrize("single", [True, False])
def test_series_that_are_made_up_are_those_of_a_published_catalogue(single: bool, tmp_path: Path) -> None:
    made = MadeSeries(7 * FRAMES, single)
    publish(made, tmp_path)
    bucket = open_bucket(str(tmp_path))
    series, media = (Stage(bucket, name, dataset=DATASET).require() for name in ("series", "media_metadata"))
    read = list(StageSeries(series, media))
    assert [one.row for one in read] == [one.row for one in made]
    assert [item.row for one in read for item in one.items] == [item.row for one in made for item in one.items]
    columns = {*MEDIA_COLUMNS}
    expected = [{n: v for n, v in item.media.items() if n in columns} for one in made for item in one.items]
    assert [item.media for one in read for item in one.items] == expected
    assert list(media_rows(media)) == sorted(expected, key=lambda row: row["key"])
    assert [row["key"] for row in made.media()] != [item.row["key"] for one in made for item in one.items]


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["floor", "encord"])
def test_a_run_tells_what_it_wrote_and_cost(platform: str) -> None:
    import json

    told: dict[str, Any] = json.loads(measured("benchmarks.manifest_run", platform, "series", "2000").output)
    assert told["entries"] == (2000 if platform == "floor" else 20)
    assert told["emit_cpu_s"] > 0
    assert 0 <= told["emit_mib"] < 250
    assert told.get("check_errors", 0) == 0
