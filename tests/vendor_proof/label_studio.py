"""The part of Label Studio: our tasks in a real server, its storage on a real bucket, its page in a real browser."""

import re
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from playwright.sync_api import Error as BrowserError

from labelport.demo.seaweedfs import seaweedfs
from labelport.errors import ProgramAbsent
from labelport.storage.connection import Connection
from tests.vendor_proof.environments import EnvironmentAbsent, environment_of
from tests.vendor_proof.label_studio_server import LabelStudioServer, label_studio
from tests.vendor_proof.labeling_bucket import BUCKET, PARTS, TEXT, LabelingBucket, Tasks
from tests.vendor_proof.labeling_page import IMAGE, VIDEO, WAVE, LabelingPage, labeling_page
from tests.vendor_proof.outcomes import Outcome, failed, passed, skipped

PART = "label studio"
REQUIREMENTS = Path(__file__).with_name("label_studio.txt")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CONFIG = re.compile(r"^\s+(<View>.*</View>)\s*$", re.MULTILINE)
"""How the README beside the tasks shows a labeling config."""

SHOWN: Mapping[str, tuple[str, str]] = {
    "photos": (IMAGE, ""),
    "odd names": (IMAGE, ""),
    "frames": (IMAGE, "of 4"),
    "frames with =": (IMAGE, ""),
    "clip": (VIDEO, "of 72"),
    "recording": (f"{WAVE} && {IMAGE}", ""),
    "text": ("", TEXT.strip()),
}
"""What the page of a part's first task must show: a condition, and a text."""


def label_studio_outcomes() -> Generator[Outcome | str, None, None]:
    """Yield outcomes, and in between words about what is being done."""
    yield "label studio: making or finding its environment"
    try:
        python = environment_of(REQUIREMENTS)
    except EnvironmentAbsent as absent:
        yield skipped(PART, "all", "label-studio", str(absent))
        return
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lp-proof-", ignore_cleanup_errors=True)))
        yield "label studio: starting an S3 server, filling a bucket, and making tasks of it"
        try:
            connection = stack.enter_context(seaweedfs(scratch / "weed"))
        except ProgramAbsent as absent:
            yield skipped(PART, "all", "seaweedfs", str(absent))
            return
        bucket = LabelingBucket(connection, scratch)
        yield "label studio: starting the server"
        server = stack.enter_context(label_studio(python, scratch / "server", connection))
        yield passed(PART, "server", f"Label Studio {server.ask('GET', '/api/version')['release']}")
        proof = _Proof(server, bucket, connection)
        yield proof.private_endpoint()
        yield proof.whole_file()
        projects: dict[str, _Project] = {}
        for part in PARTS:
            yield from proof.part(part, projects)
        yield from _pages(server, projects)


def labeling_config(readme: str) -> str:
    """Return the config that our README shows, with something to label: without that no labeling page opens."""
    shown: str = CONFIG.findall(readme)[0]
    name = re.findall(r'name="([a-z]+)"', shown)[0]
    choice = f'<Choices name="proof" toName="{name}"><Choice value="seen"/></Choices>'
    return shown.replace("</View>", f"{choice}</View>")


@dataclass(frozen=True)
class _Project:
    """A project of the server and its tasks."""

    identity: int
    tasks: list[dict[str, Any]]


@dataclass(frozen=True)
class _Proof:
    """What is asked of the server's API."""

    server: LabelStudioServer
    bucket: LabelingBucket
    connection: Connection

    def private_endpoint(self) -> str:
        """Return what becomes of a storage whose endpoint on a private address is named by a user alone."""
        project = self._project("private endpoint", "<View></View>")
        try:
            self._storage(project, s3_endpoint=self.connection.endpoint)
        except HTTPError as error:
            return f"label studio: an S3 endpoint on a private address, named by a user alone, is refused: {error.code}"
        return "label studio: an S3 endpoint on a private address is taken from any user"

    def whole_file(self) -> Outcome:
        """Import the tasks of all kinds in one file, into a project that has no labeling config yet."""
        tasks = self.bucket.tasks()
        try:
            return self._imported("all kinds in one file", "<View></View>", tasks)[0]
        except HTTPError as error:
            return failed(PART, "all kinds in one file", str(error))

    def part(self, part: str, projects: dict[str, _Project]) -> Iterator[Outcome]:
        """Import the tasks of one kind under the config of our README, and read every object through the server."""
        tasks = self.bucket.tasks(part)
        written = {address for data in tasks.data() for address in _addresses(data)}
        left = self.bucket.addresses(part) - written
        codes = sorted({found.code for found in tasks.findings if found.severity == "error"} - {"manifest.empty"})
        words = f"{len(left)} left out, {', '.join(codes)}" if left else ""
        if left and not codes:
            yield failed(PART, part, f"{len(left)} objects are not in the file, and no finding says why")
            return
        if not written:
            yield passed(PART, part, words)
            return
        try:
            outcome, project = self._imported(part, labeling_config(tasks.readme), tasks, words)
            yield outcome
            read = self._read(part, project, tasks)
            yield read
        except (HTTPError, IndexError) as error:
            yield failed(PART, part, str(error))
            return
        if read.verdict == "passed":
            projects[part] = project

    def _imported(self, title: str, config: str, tasks: Tasks, words: str = "") -> tuple[Outcome, _Project]:
        identity = self._project(title, config)
        self._storage(identity)
        for file in tasks.files:
            self.server.upload(f"/api/projects/{identity}/import", file)
        found = self.server.ask("GET", f"/api/tasks?project={identity}&fields=all&page_size=1000&resolve_uri=false")
        project = _Project(identity, found["tasks"])
        wanted, given = tasks.data(), [task["data"] for task in found["tasks"]]
        if given != wanted:
            return failed(PART, title, f"{len(given)} tasks came back, not the {len(wanted)} given in order"), project
        return passed(
            PART, title, "; ".join(filter(None, ["the same tasks in the same order", words])), entries=len(wanted)
        ), project

    def _read(self, part: str, project: _Project, tasks: Tasks) -> Outcome:
        """Return whether every address of the tasks leads, through the server, to the bytes of its object."""
        wrong: list[str] = []
        count = 0
        for task, data in zip(project.tasks, tasks.data(), strict=True):
            resolved = self.server.ask("GET", f"/api/tasks/{task['id']}/")["data"]
            for address, shown in zip(_addresses(data), _addresses(resolved, like=data), strict=True):
                count += 1
                if not self._leads_to(shown, self.bucket.objects[address]):
                    wrong.append(address.rsplit("/", 2)[-1] if shown != address else f"{address} is not resolved")
        case = f"{part}: objects"
        if wrong:
            return failed(PART, case, f"{len(wrong)} of {count} are not to be had: {'; '.join(wrong)}", entries=count)
        return passed(PART, case, "every address leads to the bytes of its object", entries=count)

    def _leads_to(self, shown: str, body: bytes) -> bool:
        try:
            return shown.startswith("/") and self.server.object_at(shown) == body
        except HTTPError:
            return False

    def _project(self, title: str, config: str) -> int:
        given = {"title": f"proof {title}", "label_config": config}
        identity: int = self.server.ask("POST", "/api/projects", given)["id"]
        return identity

    def _storage(self, project: int, **more: Any) -> None:
        given = {
            "project": project,
            "title": "the bucket",
            "bucket": BUCKET,
            "aws_access_key_id": self.connection.access_key_id,
            "aws_secret_access_key": self.connection.secret_access_key,
            "region_name": self.connection.region,
            "presign": True,
        }
        self.server.ask("POST", "/api/storages/s3", {**given, **more})


def _addresses(data: Mapping[str, Any], *, like: Mapping[str, Any] | None = None) -> list[str]:
    """Return the addresses of a task in order; ``like``: the data as given, where these are resolved already."""
    found = []
    for name, value in (like or data).items():
        values, shown = ([each] if isinstance(each, str) else each for each in (value, data[name]))
        found += [there for given, there in zip(values, shown, strict=True) if given.startswith(f"s3://{BUCKET}/")]
    return found


def _pages(server: LabelStudioServer, projects: Mapping[str, _Project]) -> Iterator[Outcome | str]:
    """Open the page of the first task of each part."""
    if not any(shutil.which(name) for name in BROWSERS):
        yield skipped(PART, "pages", "chromium", f"none of {', '.join(BROWSERS)} is installed")
        return
    with labeling_page(server) as page:
        for part, project in projects.items():
            yield _page(page, part, project)
        outside = ", ".join(sorted(page.outside)) or "nothing"
        yield f"label studio: its pages asked other machines for {outside}"


def _page(page: LabelingPage, part: str, project: _Project) -> Outcome:
    shows, text = SHOWN[part]
    picture = f"label_studio_{re.sub(r'[^a-z]+', '_', part).strip('_')}.png"
    try:
        page.show(project.identity, project.tasks[0]["id"], shows=shows, text=text, picture=picture)
    except (BrowserError, AssertionError) as error:
        return failed(PART, f"{part}: page", f"what the task holds is not to be seen: {str(error).splitlines()[0]}")
    return passed(PART, f"{part}: page", f"seen on the labeling page ({picture})")
