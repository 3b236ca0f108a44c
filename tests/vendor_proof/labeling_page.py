"""The labeling page of a task in a browser: logged in, and what the task shows is really there."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.journeys.browser import PATIENCE_MS, Browser, browser
from tests.vendor_proof.label_studio_server import LabelStudioServer

# The table beside it has small pictures of its own: 200 pixels are no thumbnail.
IMAGE = "[...document.querySelectorAll('img')].some(each => each.naturalWidth > 0 && each.clientWidth > 200)"
VIDEO = "[...document.querySelectorAll('video')].some(each => each.videoWidth > 0 && each.readyState >= 2)"
WAVE = """(canvas => canvas && canvas.width && canvas.height && new Set(new Uint32Array(
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size > 2
)(document.querySelector('canvas'))"""


class LabelingPage:
    """A browser that is logged in."""

    def __init__(self, seen: Browser, server: LabelStudioServer) -> None:
        self._seen = seen
        self._server = server
        self.outside: set[str] = set()
        """Addresses that the pages asked for on other machines."""
        seen.page.on("request", lambda request: self._asked(request.url))
        seen.go(f"{server.url}/user/login/")
        seen.page.fill("input[name=email]", server.email)
        seen.page.fill("input[name=password]", server.password)
        seen.page.click("button[type=submit]")
        seen.page.wait_for_function("!location.pathname.startsWith('/user/login')", timeout=PATIENCE_MS)

    def show(self, project: int, task: int, *, shows: str, text: str, picture: str) -> None:
        """Open a task and wait for what it shows: a condition of the page, or a text; then take a picture."""
        self._seen.go(f"{self._server.url}/projects/{project}/data?task={task}")
        if shows:
            self._seen.page.wait_for_function(shows, timeout=PATIENCE_MS)
        if text:
            self._seen.see(text)
        self._seen.picture(picture)

    def _asked(self, url: str) -> None:
        if url.startswith("http") and not url.startswith("http://127.0.0.1:"):
            self.outside.add(url.partition("?")[0])


@contextmanager
def labeling_page(server: LabelStudioServer) -> Iterator[LabelingPage]:
    """Yield a logged-in browser; closed when the block ends."""
    with browser() as seen:
        yield LabelingPage(seen, server)
