"""Headless Chromium on a deployment's pages; skipped with a reason where no Chromium is installed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.journeys.site import Site
from tests.needs import program

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
)

PATIENCE_MS = 60_000
TRIES = 4


class Browser:
    """One page, and what a person looks for on it. ``LABELPORT_SCREENSHOTS`` names a folder for its pictures."""

    def __init__(self, page: "Page", pictures: Path) -> None:
        self.page = page
        self._pictures = pictures

    def go(self, address: str) -> None:
        self.page.goto(address, wait_until="domcontentloaded")

    def see(self, text: str, *, exact: bool = False) -> None:
        """Wait until a text is on the page; fails where it does not come."""
        self.page.get_by_text(text, exact=exact).first.wait_for(timeout=PATIENCE_MS)

    def lineage(self, site: Site, dataset: str, *names: str) -> None:
        """Open the lineage of a dataset and see its assets."""
        self.go(f"{site.url}/locations/__repository__@labelport/asset-groups/{dataset}/lineage")
        for name in names:
            self.see(name, exact=True)
        self.page.get_by_text("Loading").first.wait_for(state="hidden", timeout=PATIENCE_MS)

    def asset(self, site: Site, key: str, *shows: str) -> None:
        """Open an asset's overview and see what its newest materialization tells, by the names of its metadata."""
        self.go(f"{site.url}/assets/{key}?view=overview")
        for name in shows:
            self.see(name, exact=True)

    def newest_event(self, site: Site, key: str) -> None:
        """Open an asset's materializations and see the newest: a run may bring another one just then."""
        from playwright.sync_api import TimeoutError as Late

        for _ in range(TRIES):
            run = site.newest_run(key)
            self.go(f"{site.url}/assets/{key}?view=events")
            with suppress(Late):
                self.page.get_by_text(run[:8]).first.wait_for(timeout=PATIENCE_MS / TRIES)
                return
        self.see(site.newest_run(key)[:8])

    def open(self, text: str) -> None:
        """Click on a text."""
        self.page.get_by_text(text, exact=True).first.click()

    def checks(self, site: Site, key: str, check: str, *, shows: str) -> None:
        """Open a check of an asset and see a text of its newest evaluation."""
        self.go(f"{site.url}/assets/{key}?view=checks&checkDetail={check}")
        self.see(check)
        self.see(shows)

    def picture(self, name: str) -> None:
        """Take a picture of the page."""
        path = self._pictures / name
        self.page.screenshot(path=str(path))
        assert path.stat().st_size > 10_000, f"{name} is an empty page"


@contextmanager
def browser() -> Iterator[Browser]:
    """Yield a browser with an empty profile."""
    chromium = program("chromium", "chromium", "chromium-browser", "google-chrome")
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        try:
            pictures = Path(os.environ.get("LABELPORT_SCREENSHOTS", folder))
            yield Browser(opened.new_page(viewport={"width": 1500, "height": 900}), pictures)
        finally:
            opened.close()
