"""A small deployment to tell stories with: one folder of pictures, its definitions, a run log."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from PIL import Image

from assets.resources import S3Store
from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset, open_dataset
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection
from orchestration.components import MediaDataset
from orchestration.schedules import build_refreshes
from orchestration.sensors import build_bucket_changes
from orchestration.watch import watches

RULES = [{"rule": "pattern", "match": r"(?P<series>.+)/(?P<index>\d+)\.png$"}, {"rule": "single"}]


def put_picture(path: Path, *, shade: int = 0) -> None:
    """Write a small PNG; another shade gives other bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, 6), shade).save(path)


def store_of(connection: Connection) -> S3Store:
    """Return the resource that describes a connection."""
    return S3Store(
        endpoint_url=connection.endpoint,
        region_name=connection.region,
        aws_access_key_id=connection.access_key_id,
        aws_secret_access_key=connection.secret_access_key,
        addressing=connection.addressing,
    )


class Deployment:
    """Datasets by name, each with a folder ``source`` and a folder ``publish``."""

    connection = Connection()
    """How S3 is reached."""

    def __init__(self, root: Path, *names: str) -> None:
        self.root = root
        self.instance = dg.DagsterInstance.ephemeral()
        self.cursor: str | None = None
        self.queued: dict[str, int] = {}
        self.settings: dict[str, DatasetSettings] = {}
        for name in names or ("birds",):
            for number in range(2):
                put_picture(self.source(name) / f"dawn/{number}.png", shade=number)
            self.describe(name)
        self.load()

    def source(self, name: str = "birds") -> Path:
        return self.root / name / "source"

    def places(self, name: str) -> dict[str, Any]:
        """Return where a dataset lies, as its owner writes it."""
        return {"bucket": str(self.source(name)), "publish": str(self.root / name / "publish")}

    def describe(self, name: str = "birds", **changes: Any) -> None:
        """Write the dataset's YAML anew; call ``load`` after it."""
        given = {
            "name": name,
            **self.places(name),
            "series": RULES,
            "manifests": [{"platform": "cvat"}],
            "refresh": "0 3 * * *",
        }
        self.settings[name] = DatasetSettings.model_validate(given | changes)

    def load(self) -> None:
        """Load the definitions, as a code server does when it starts."""
        chains = [MediaDataset(settings).build_defs(None) for settings in self.settings.values()]  # type: ignore[arg-type]
        resources = {"s3_default": store_of(self.connection)}
        self.defs = dg.Definitions.merge(*chains, dg.Definitions(resources=resources, executor=dg.in_process_executor))
        self.watched = watches(self.defs.resolve_all_asset_specs())
        self.sensor = build_bucket_changes(self.watched, lambda watch: self.queued.get(watch.name, 0))
        self.schedules = build_refreshes(self.watched)

    def run(
        self,
        *stages: str,
        name: str = "birds",
        config: dict[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> dg.ExecuteInProcessResult:
        """Run stages of a dataset (default: the whole group) in one run."""
        whole = next(watch.keys for watch in self.watched if watch.name == name)
        keys = [dg.AssetKey([name, stage]) for stage in stages] if stages else list(whole)
        ops = {f"{name}__{stage}": {"config": given} for stage, given in (config or {}).items()}
        return self.defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance,
            asset_selection=keys,
            run_config={"ops": ops},
            tags=dict(tags or {}),
            raise_on_error=False,
        )

    def tick(self) -> list[str]:
        """Evaluate the sensor, run what it asks for, and return the reasons by dataset."""
        context = dg.build_sensor_context(cursor=self.cursor, instance=self.instance, definitions=self.defs)
        told = self.sensor(context)
        assert isinstance(told, dg.SensorResult)
        self.cursor = told.cursor
        reasons = []
        for asked in told.run_requests or []:
            name = asked.tags["dataset"]
            whole = next(watch.keys for watch in self.watched if watch.name == name)
            assert set(asked.asset_selection or ()) == set(whole), "a run is always of the whole group"
            self.run(name=name, tags=asked.tags)
            reasons.append(f"{name}: {asked.tags['labelport/reason']}")
        return reasons

    def forget(self) -> None:
        """Lose DAGSTER_HOME: the run log and the sensor's cursor."""
        self.instance.dispose()
        self.instance = dg.DagsterInstance.ephemeral()
        self.cursor = None

    def open(self, name: str = "birds") -> Dataset:
        return open_dataset(self.settings[name], self.connection)

    def live(self, stage: str, name: str = "birds") -> Generation:
        return Stage(self.open(name).publish, stage, dataset=name).require()

    def keys(self, name: str = "birds") -> list[str]:
        return list(self.live("media_metadata", name).table("media")["key"].to_pylist())

    def manifest_lines(self, name: str = "birds", manifest: str = "cvat") -> list[dict[str, Any]]:
        """Return the entries of the live images manifest of CVAT."""
        body = self.open(name).publish.get(f"manifests/{manifest}/images/manifest.jsonl").body
        return [json.loads(line) for line in body.decode().splitlines()[2:]]


def told(result: dg.ExecuteInProcessResult, stage: str, name: str = "birds") -> dict[str, Any]:
    """Return the metadata of a stage's materialization in a run."""
    [event] = [e for e in result.get_asset_materialization_events() if e.asset_key == dg.AssetKey([name, stage])]
    return {key: value.value for key, value in event.materialization.metadata.items()}


def versions(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """Return the data version that each asset of a run yielded."""
    return {
        event.asset_key.path[-1]: (event.materialization.tags or {})["dagster/data_version"]
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
