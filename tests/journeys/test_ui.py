"""The whole system as its user meets it: webserver, daemon, code server, a browser."""

import json
import os
import shutil
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.running import PROCESS
from tests.needs import ROOT, program
from tests.orchestration.deployment import RULES, put_picture
from tests.servers import environment, free_port, running

pytestmark = pytest.mark.slow


class Site:
    """A running deployment: its address, and the folders behind it."""

    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self.url = f"http://127.0.0.1:{port}"
        self.source = root / "source"
        self.publish = root / "publish"

    def ask(self, query: str) -> dict[str, Any]:
        """Return the answer of the webserver's GraphQL."""
        request = urllib.request.Request(
            f"{self.url}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.loads(answer.read())["data"]
            return found

    def is_up(self) -> bool:
        try:
            entries = self.ask(
                "{workspaceOrError{... on Workspace{locationEntries{locationOrLoadError{__typename}}}}}"
            )["workspaceOrError"]["locationEntries"]
        except OSError:
            return False
        return [e["locationOrLoadError"]["__typename"] for e in entries] == ["RepositoryLocation"]

    def names(self) -> list[str]:
        """Return the names in the live manifest."""
        path = self.publish / "manifests/cvat/images/manifest.jsonl"
        return [json.loads(line)["name"] for line in path.read_text().splitlines()[2:]] if path.exists() else []

    def process_under_way(self) -> int | None:
        """Return the id of the process that a run lives in just now, as its tag says."""
        runs = self.ask("{runsOrError(filter:{statuses:[STARTED]}){... on Runs{results{tags{key value}}}}}")
        for run in runs["runsOrError"]["results"]:
            for tag in run["tags"]:
                if tag["key"] == PROCESS:
                    return int(json.loads(tag["value"])["pid"])
        return None


def wait_for(what: str, true: Callable[[], bool], *, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("site")
    port = free_port()
    made = Site(root, port)
    for number in range(3):
        put_picture(made.source / f"dawn/{number}.png", shade=number)
    attributes = {
        "name": "birds", "bucket": str(made.source), "publish": str(made.publish), "series": RULES,
        "manifests": [{"platform": "cvat"}], "refresh": "0 3 * * *",
    }  # fmt: skip
    (root / "datasets/birds").mkdir(parents=True)
    (root / "datasets/birds/defs.yaml").write_text(
        yaml.safe_dump({"type": "orchestration.components.MediaDataset", "attributes": attributes})
    )
    (root / "home").mkdir()
    shutil.copy(ROOT / "deploy/local/dagster.yaml", root / "home/dagster.yaml")
    with running(
        [
            str(Path(sys.executable).parent / "dg"),
            "dev",
            "-w",
            "workspace.yaml",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ],
        log=root / "dg.log",
        ready=made.is_up,
        seconds=120,
        cwd=ROOT,
        env=environment(DAGSTER_HOME=str(root / "home"), LABELPORT_DATASETS=str(root / "datasets")),
    ):
        yield made


def test_a_file_put_into_the_folder_reaches_the_manifest_without_a_hand(site: Site) -> None:
    wait_for("the first manifest", lambda: site.names() == ["dawn/0", "dawn/1", "dawn/2"])
    put_picture(site.source / "dawn/3.png", shade=9)
    wait_for("the new file", lambda: "dawn/3" in site.names())
    assert site.names() == ["dawn/0", "dawn/1", "dawn/2", "dawn/3"]


def test_a_run_whose_process_is_killed_is_noticed_and_gone_on_with_without_a_hand(site: Site) -> None:
    wait_for("the first manifest", lambda: bool(site.names()))
    for number in range(1500):
        put_picture(site.source / f"night/{number}.png", shade=number % 256)
    pid = None
    end = time.monotonic() + 60
    while pid is None and time.monotonic() < end:
        pid = site.process_under_way()
    assert pid is not None, "no run began"
    os.kill(pid, signal.SIGKILL)
    wait_for("all of them", lambda: len([n for n in site.names() if n.startswith("night/")]) == 1500, seconds=200)
    failed = site.ask("{runsOrError(filter:{statuses:[FAILURE]}){... on Runs{results{id}}}}")
    assert len(failed["runsOrError"]["results"]) == 1


def test_the_browser_shows_lineage_a_preview_and_a_green_check(site: Site, tmp_path: Path) -> None:
    chromium = program("chromium", "chromium", "chromium-browser", "google-chrome")
    from playwright.sync_api import sync_playwright

    wait_for("the first manifest", lambda: bool(site.names()))
    pictures = Path(os.environ.get("LABELPORT_SCREENSHOTS", str(tmp_path)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--disable-sync",
            ],
        )
        page = browser.new_page(viewport={"width": 1500, "height": 900})
        page.goto(
            f"{site.url}/locations/__repository__@labelport/asset-groups/birds/lineage", wait_until="domcontentloaded"
        )
        for name in ("bucket_inventory", "media_metadata", "series", "cvat_manifest"):
            page.get_by_text(name, exact=True).first.wait_for(timeout=60_000)
        page.screenshot(path=str(pictures / "lineage.png"))
        page.goto(f"{site.url}/assets/birds/media_metadata?view=overview", wait_until="domcontentloaded")
        page.get_by_text("bad files").first.wait_for(timeout=60_000)
        page.screenshot(path=str(pictures / "media_metadata.png"))
        page.goto(f"{site.url}/assets/birds/media_metadata?view=checks", wait_until="domcontentloaded")
        page.get_by_text("unreadable_share").first.wait_for(timeout=60_000)
        page.screenshot(path=str(pictures / "checks.png"))
        browser.close()
    assert (pictures / "lineage.png").stat().st_size > 10_000
