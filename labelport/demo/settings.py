"""The dataset of the demo, as its owner would write it."""

import json
from pathlib import Path

from labelport.demo.documents import SITES, WORKLIST

NAME = "demo"

_DEFS = """\
# The dataset of the demo. Every key: docs/settings.md
type: orchestration.components.MediaDataset
attributes:
  name: {name}
  bucket: {bucket}
  publish: {publish}
{place}
  exclude: ["README.txt", "labels/**"]
  series:
    - rule: table            # what people listed themselves comes first and wins
      path: {worklist}
    - rule: dicom            # stacks in the order of their position in space
    - rule: pattern          # numbered frames: ultrasound/heart/frame_0001.png …
      match: '(?P<series>.+)/frame_(?P<index>\\d+)\\.png$'
    - rule: pattern          # windows of one image: windows/case7_lung.png, windows/case7_bone.png
      match: '(?P<series>.+/case\\d+)_(?P<version>lung|bone)\\.png$'
      versions: [lung, bone]
    - rule: audio_image      # a recording and the picture to show with it: recordings/abs1234.mp4 and .jpeg
      where: {{key: "recordings/*"}}
    - rule: video            # a clip is a series of its frames
    - rule: single           # everything else stands alone
  metadata:                  # your own values, by object
    path: {sites}
    key: key
    columns: {{site: notes, device: client_metadata}}
  manifests:
    - platform: cvat
      mode: exact
    - platform: encord
      delta: true            # beside it batches: what Encord has not been given yet
    - platform: label_studio
    - platform: centaur
  annotations:
    source: labels           # COCO, YOLO and NIfTI, told apart by what is in the files; structure sets of the bucket too
    exports: [coco, pascal_voc, rtstruct, nifti_index]
  limits:
    errors_warn: 0.05
    errors_block: 0.4        # bad/ is full of bad files: allowed here, so that the run goes on and says so
"""

_FOLDER = """\
  url_base: https://media.example.com/demo   # how platforms would reach the files: a folder has no address
  poll: 30s                  # a folder sends no events: look that often where it is too large for a glance\
"""

_S3 = """\
  connection: {connection}          # the S3Connection above
  url_base: https://media.example.com/demo   # platforms want https, and this store speaks plain http
  poll: 30s                  # no queue of events here: list the bucket that often\
"""

_CONNECTION = """\
# How the store is reached. Keys are never written here, only the names of the variables that hold them.
type: orchestration.components.S3Connection
attributes:
  name: {connection}
  endpoint: {endpoint}
  region: us-east-1
  addressing: path
  access_key_env: DEMO_S3_KEY
  secret_key_env: DEMO_S3_SECRET
---
"""

KEY_VARIABLES = ("DEMO_S3_KEY", "DEMO_S3_SECRET")
"""Environment variables of the access key and the secret of the demo's store."""


def demo_settings_text(bucket: Path, publish: Path, *, name: str = NAME) -> str:
    """Return the ``defs.yaml`` of the demo for a bucket and the folder where it publishes."""
    return _defs(_quoted(bucket), _quoted(publish), name=name, place=_FOLDER)


def demo_settings_text_on_s3(bucket: str, publish: str, *, endpoint: str, name: str = NAME) -> str:
    """Return the ``defs.yaml`` of the demo on an S3-compatible store, with the connection that reaches it."""
    connection = _CONNECTION.format(connection="store", endpoint=json.dumps(endpoint))
    place = _S3.format(connection="store")
    return connection + _defs(json.dumps(bucket), json.dumps(publish), name=name, place=place)


def write_demo_dataset(datasets: Path, *, bucket: Path, publish: Path) -> Path:
    """Write ``<datasets>/demo/defs.yaml`` where it is absent, and return its path; an edited one stays."""
    path = datasets / NAME / "defs.yaml"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(demo_settings_text(bucket, publish), encoding="utf-8")
    return path


def _defs(bucket: str, publish: str, *, name: str, place: str) -> str:
    return _DEFS.format(name=name, bucket=bucket, publish=publish, place=place, worklist=WORKLIST, sites=SITES)


def _quoted(path: Path) -> str:
    """Return an absolute path as a YAML scalar, whatever is in it (JSON strings are YAML)."""
    return json.dumps(str(path.resolve()), ensure_ascii=False)
