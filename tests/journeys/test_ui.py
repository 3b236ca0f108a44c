"""The whole system as its user meets it: files come, and the browser shows what became of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labelport.storage.connection import Connection
from tests.journeys.browser import Browser, browser
from tests.journeys.site import Site, code_servers, kill, wait_for
from tests.moto import moto_server
from tests.orchestration.deployment import RULES, put_picture
from tests.orchestration.s3_deployment import Uploads, picture
from tests.seaweed import seaweedfs

pytestmark = pytest.mark.slow

FIRST = ["dawn/0", "dawn/1", "dawn/2"]


@pytest.fixture(scope="module")
def moto() -> Iterator[Connection]:
    with moto_server() as connection:
        yield connection


@pytest.fixture(scope="module")
def gulls() -> Iterator[Uploads]:
    """Give the bucket that is polled, in a real SeaweedFS."""
    with seaweedfs() as connection:
        yield Uploads(connection, "gulls")


@pytest.fixture(scope="module")
def owls(moto: Connection) -> Uploads:
    """Give the bucket that sends events to a queue."""
    return Uploads(moto, "owls", events=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, gulls: Uploads, owls: Uploads) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"))
    common: dict[str, Any] = {"series": RULES, "refresh": "0 3 * * *"}
    source = made.root / "source"
    for number in range(3):
        put_picture(source / f"dawn/{number}.png", shade=number)
        for uploads in (gulls, owls):
            uploads.put(f"dawn/{number}.png", picture(number))
    made.describe("birds", bucket=str(source), publish=str(made.root / "publish"), **common)
    for uploads in (gulls, owls):
        place = f"s3://{uploads.bucket}"
        labels = {"annotations": {"source": "labels", "exports": ["coco"]}, "exclude": ["labels/**"]}
        extra = {"events": uploads.queue} if uploads.queue else {"poll": "5s", **labels}
        made.describe(
            uploads.bucket, uploads.connection, bucket=f"{place}/raw/", publish=f"{place}/derived/", **common, **extra
        )
    with made.up():
        for name in ("birds", "gulls", "owls"):
            wait_for(f"the first manifest of {name}", lambda name=name: made.names(name) == FIRST)  # type: ignore[misc]
        yield made


@pytest.fixture
def page() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def test_a_file_put_into_the_folder_reaches_the_manifest_without_a_hand(site: Site) -> None:
    put_picture(site.root / "source/dawn/3.png", shade=9)
    wait_for("the new file", lambda: site.names() == [*FIRST, "dawn/3"])


def test_an_object_put_into_a_bucket_that_is_polled_reaches_the_manifest(site: Site, gulls: Uploads) -> None:
    gulls.put("dawn/3.png", picture(9))
    wait_for("the new object", lambda: site.names("gulls") == [*FIRST, "dawn/3"])
    reasons = {tags["labelport/reason"] for tags in site.runs("gulls", "SUCCESS")}
    assert reasons & {"poll", "poll of annotations"}
    assert reasons <= {"settings or code changed", "poll", "poll of annotations"}


def test_an_object_whose_event_waits_in_the_queue_reaches_the_manifest(site: Site, owls: Uploads) -> None:
    owls.put("dawn/3 +%é.png", picture(9))
    wait_for("the new object", lambda: len(site.names("owls")) == 4)
    assert site.names("owls") == [*FIRST, "dawn/3 +%é"]
    wait_for("the acknowledged messages", lambda: owls.waiting() == 0)
    wait_for("its run", lambda: site.runs("owls", "SUCCESS")[0]["labelport/reason"] == "events")
    assert site.runs("owls", "SUCCESS")[0]["labelport/listing"] == "events"


def test_the_browser_shows_lineage_a_new_materialization_and_its_preview(
    site: Site, gulls: Uploads, page: Browser
) -> None:
    page.lineage(site, "gulls", "bucket", "bucket_inventory", "media_metadata", "series", "cvat_manifest")
    page.picture("lineage.png")
    before = site.newest_run("gulls/series")
    page.newest_event(site, "gulls/series")
    gulls.put("dusk/0.png", picture(30))
    wait_for("the new object", lambda: "dusk/0" in site.names("gulls"))
    wait_for("its materialization", lambda: site.newest_run("gulls/series") != before)
    page.newest_event(site, "gulls/series")
    page.picture("events.png")
    page.asset(site, "gulls/series", "newest", "oddest", "largest")
    page.picture("series.png")
    page.asset(site, "gulls/media_metadata", "bad files", "kinds")
    page.picture("media_metadata.png")


def test_labels_put_into_the_bucket_reach_the_export_and_the_browser_shows_them(
    site: Site, gulls: Uploads, page: Browser
) -> None:
    gulls.put("labels/a.csv", b"filename,xmin,ymin,xmax,ymax,label\n0.png,1,1,5,4,gull\nnowhere.png,1,1,2,2,gull\n")

    def exported() -> bool:
        return b'"gull"' in site.published("gulls", "annotations/coco/annotations.json")

    wait_for("the refused run", lambda: bool(site.runs("gulls", "FAILURE")))
    page.checks(site, "gulls/annotations", "unmatched_share", shows="allow_errors")
    assert not exported(), "half of them are of images that are not there"
    gulls.put("labels/a.csv", b"filename,xmin,ymin,xmax,ymax,label\ndawn/0.png,1,1,5,4,gull\n")
    wait_for("the export", exported)
    page.asset(site, "gulls/annotations", "files read", "a few images", "annotations by category")
    page.picture("annotations.png")


def test_the_browser_shows_a_green_check_and_a_red_one_with_what_to_do(
    site: Site, owls: Uploads, page: Browser
) -> None:
    page.checks(site, "owls/bucket_inventory", "removed_share", shows="Passed")
    before = site.names("owls")
    for number in range(3):
        owls.delete(f"dawn/{number}.png")
    wait_for("the refused run", lambda: bool(site.runs("owls", "FAILURE")))
    page.checks(site, "owls/bucket_inventory", "removed_share", shows="allow_removed")
    page.picture("red_check.png")
    assert site.names("owls") == before


def test_the_browser_shows_the_docs_of_our_components(site: Site, page: Browser) -> None:
    page.go(f"{site.url}/locations/__repository__@labelport/components/library/packages/orchestration")
    page.see("One S3 account or store that datasets reach by its name.")
    page.see("One dataset of media: where it lies, and what is built from it.")
    page.open("orchestration.components.MediaDataset")
    page.see("Globs of keys that are left out; they win.")
    page.picture("components.png")


def test_a_run_whose_process_is_killed_is_noticed_and_gone_on_with_without_a_hand(site: Site) -> None:
    for number in range(1500):
        put_picture(site.root / f"source/night/{number}.png", shade=number % 256)
    wait_for("a run", lambda: site.process_under_way() is not None, seconds=60)
    pid = site.process_under_way()
    assert pid is not None
    kill([pid])
    wait_for("all of them", lambda: _of(site, "night/") == 1500, seconds=200)
    assert len(site.runs("birds", "FAILURE")) == 1


def test_code_server_and_run_are_killed_together_and_after_a_restart_the_next_change_goes_through(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path)
    source = tmp_path / "source"
    for number in range(1500):
        put_picture(source / f"night/{number}.png", shade=number % 256)
    site.describe("birds", bucket=str(source), publish=str(tmp_path / "publish"), series=RULES)
    with site.up() as deployment:
        wait_for("a run", lambda: site.process_under_way() is not None, seconds=60)
        run = site.process_under_way()
        servers = code_servers(deployment)
        assert servers
        assert run is not None
        kill([*servers, run])
    put_picture(source / "dawn/0.png", shade=1)
    with site.up():
        wait_for("the change", lambda: "dawn/0" in site.names(), seconds=200)
    assert _of(site, "night/") == 1500


def _of(site: Site, prefix: str) -> int:
    return len([name for name in site.names() if name.startswith(prefix)])
