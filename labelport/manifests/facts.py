"""What exact modes found out about objects, kept between runs: a cache, beside the generations.

It is no part of a generation: losing it costs decoding, and nothing else.
"""

import json
from collections.abc import Mapping
from typing import Any

from labelport.errors import ObjectAbsent
from labelport.storage.contract import Bucket


def facts_key(stage: str) -> str:
    """Return the key of a stage's facts below ``publish``."""
    return f"catalogue/{stage}/facts.json"


def kept_facts(publish: Bucket, stage: str) -> Mapping[str, Any]:
    """Return what the last run remembered; nothing where there is none or it cannot be read."""
    try:
        given = json.loads(publish.get(facts_key(stage)).body)
    except (ObjectAbsent, ValueError):
        return {}
    return given if isinstance(given, dict) else {}


def remember_facts(publish: Bucket, stage: str, facts: Mapping[str, Any]) -> None:
    """Keep facts (JSON values) for the next run."""
    publish.put(facts_key(stage), json.dumps(facts, separators=(",", ":"), sort_keys=True).encode())
