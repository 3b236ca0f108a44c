"""Which process a run lives in: written on the run, so that a dead one can be told from a slow one.

Dagster's default launcher has no health check: the run of a machine that lost power stays STARTED and
holds its dataset's pool until somebody ends it.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict

import dagster as dg

from labelport.catalogue.heartbeat import read_writer, this_process

PROCESS = "labelport/process"
"""Tag of a run: host, boot, process id and start time of the process that runs its steps."""


def mark(context: dg.AssetExecutionContext) -> None:
    """Write this process on the run of a step."""
    context.instance.add_run_tags(context.run.run_id, {PROCESS: json.dumps(asdict(this_process(None)))})


def process_is_gone(tags: Mapping[str, str]) -> bool:
    """Return whether a run with these tags was running in a process of this host that is no more."""
    writer = read_writer(tags.get(PROCESS, "").encode())
    # The time that it was seen is not renewed here: of other hosts nothing is known, however long ago.
    return writer is not None and not writer.is_alive(min(time.time(), writer.seen))
