"""The dataset of the demo, as its owner would write it."""

import json
from pathlib import Path

NAME = "demo"

_DEFS = """\
# The dataset of the demo. Every key: docs/settings.md
type: orchestration.components.MediaDataset
attributes:
  name: {name}
  bucket: {bucket}
  publish: {publish}
  poll: 30s                  # a folder sends no events: look that often
  exclude: ["README.txt"]
  series:
    - rule: dicom            # stacks in the order of their position in space
    - rule: pattern          # numbered frames: ultrasound/heart/frame_0001.png …
      match: '(?P<series>.+)/frame_(?P<index>\\d+)\\.png$'
    - rule: pattern          # windows of one image: windows/case7_lung.png, windows/case7_bone.png
      match: '(?P<series>.+/case\\d+)_(?P<version>lung|bone)\\.png$'
      versions: [lung, bone]
    - rule: video            # a clip is a series of its frames
    - rule: single           # everything else stands alone
  manifests:
    - platform: cvat
      mode: exact
    - platform: centaur
  limits:
    errors_warn: 0.05
    errors_block: 0.4        # bad/ is full of bad files: allowed here, so that the run goes on and says so
"""


def demo_settings_text(bucket: Path, publish: Path, *, name: str = NAME) -> str:
    """Return the ``defs.yaml`` of the demo for a bucket and the folder where it publishes."""
    return _DEFS.format(name=name, bucket=_quoted(bucket), publish=_quoted(publish))


def write_demo_dataset(datasets: Path, *, bucket: Path, publish: Path) -> Path:
    """Write ``<datasets>/demo/defs.yaml`` where it is absent, and return its path; an edited one stays."""
    path = datasets / NAME / "defs.yaml"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(demo_settings_text(bucket, publish), encoding="utf-8")
    return path


def _quoted(path: Path) -> str:
    """Return an absolute path as a YAML scalar, whatever is in it (JSON strings are YAML)."""
    return json.dumps(str(path.resolve()), ensure_ascii=False)
