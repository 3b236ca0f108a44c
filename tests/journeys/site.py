"""A real deployment: webserver, daemon and code server on an own DAGSTER_HOME, with datasets as their owners write them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from assets.running import PROCESS
from labelport.dataset import open_dataset
from labelport.errors import LabelportError
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection
from tests.needs import ROOT
from tests.servers import environment, free_port, running

DATASET = "orchestration.components.MediaDataset"
CONNECTION = "orchestration.components.S3Connection"


class Site:
    """A deployment's folders, and its address while it runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings: dict[str, DatasetSettings] = {}
        self._connections: dict[str, Connection] = {}
        self._environment: dict[str, str] = {}
        (root / "home").mkdir()
        shutil.copy(ROOT / "deploy/local/dagster.yaml", root / "home/dagster.yaml")

    def describe(self, name: str, connection: Connection | None = None, **attributes: Any) -> None:
        """Write the YAML of a dataset, and of the connection that it uses: the keys stand in the environment."""
        documents: list[dict[str, Any]] = []
        given = {"name": name, "manifests": [{"platform": "cvat"}], **attributes}
        if connection is not None:
            given["connection"] = name
            variables = {"access_key_env": f"{name.upper()}_KEY", "secret_key_env": f"{name.upper()}_SECRET"}
            self._environment |= {
                variables["access_key_env"]: str(connection.access_key_id),
                variables["secret_key_env"]: str(connection.secret_access_key),
            }
            place = {"endpoint": connection.endpoint, "region": connection.region, "addressing": connection.addressing}
            documents.append({"type": CONNECTION, "attributes": {"name": name, **place, **variables}})
            self._connections[name] = connection
        documents.append({"type": DATASET, "attributes": given})
        self._settings[name] = DatasetSettings.model_validate(given)
        folder = self.root / "datasets" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "defs.yaml").write_text(yaml.safe_dump_all(documents, sort_keys=False))

    @contextmanager
    def up(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run ``dg dev`` on the project's ``workspace.yaml`` until the block ends."""
        command = [str(Path(sys.executable).parent / "dg"), "dev", "-w", "workspace.yaml"]
        with running(
            [*command, "--host", "127.0.0.1", "--port", str(self.port)],
            log=self.root / "dg.log",
            ready=self.is_up,
            seconds=120,
            cwd=ROOT,
            env=environment(
                **self._environment,
                DAGSTER_HOME=str(self.root / "home"),
                LABELPORT_DATASETS=str(self.root / "datasets"),
            ),
        ) as process:
            yield process

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
        return [(e["locationOrLoadError"] or {}).get("__typename") for e in entries] == ["RepositoryLocation"]

    def names(self, dataset: str = "birds") -> list[str]:
        """Return the names in the live manifest of a dataset."""
        body = self.published(dataset, "manifests/cvat/images/manifest.jsonl")
        return [json.loads(line)["name"] for line in body.decode().splitlines()[2:]]

    def published(self, dataset: str, key: str) -> bytes:
        """Return what a dataset has published under a key; nothing where it is not there yet."""
        try:
            return open_dataset(self._settings[dataset], self._connections.get(dataset)).publish.get(key).body
        except LabelportError:
            return b""

    def runs(self, dataset: str, status: str) -> list[dict[str, str]]:
        """Return the tags of a dataset's runs of a status, the newest first."""
        told = self.ask(
            f"{{runsOrError(filter:{{statuses:[{status}]}}){{... on Runs{{results{{tags{{key value}}}}}}}}}}"
        )
        found = [{tag["key"]: tag["value"] for tag in run["tags"]} for run in told["runsOrError"]["results"]]
        return [tags for tags in found if tags.get("dataset") == dataset]

    def newest_run(self, key: str) -> str:
        """Return the id of the run that materialized an asset last."""
        path = json.dumps(key.split("/"))
        told = self.ask(
            f"{{assetNodeOrError(assetKey:{{path:{path}}}){{... on AssetNode{{assetMaterializations(limit:1){{runId}}}}}}}}"
        )
        found: str = told["assetNodeOrError"]["assetMaterializations"][0]["runId"]
        return found

    def process_under_way(self, dataset: str = "birds") -> int | None:
        """Return the id of the process that a run of a dataset lives in just now, as its tag says."""
        for tags in self.runs(dataset, "STARTED"):
            if PROCESS in tags:
                return int(json.loads(tags[PROCESS])["pid"])
        return None


def code_servers(deployment: subprocess.Popen[bytes]) -> list[int]:
    """Return the processes of a deployment that hold our definitions."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            group = os.getpgid(int(entry.name))
        except (OSError, ProcessLookupError):
            continue
        if group == deployment.pid and "orchestration.definitions" in command and "api grpc" in command:
            found.append(int(entry.name))
    return found


def kill(pids: Sequence[int]) -> None:
    """End processes as the kernel does when memory is short."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def wait_for(what: str, true: Callable[[], bool], *, seconds: float = 120) -> None:
    """Wait until something is true; fails with its name where that takes too long."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.2)


def picked(tags: Mapping[str, str], *names: str) -> list[str | None]:
    """Return some tags of a run."""
    return [tags.get(name) for name in names]
