"""Work functions that behave badly, importable by name in the workers."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from labelport.runners.contract import Begin


def _each(rows: pa.RecordBatch, begin: Begin, act: Any) -> pa.RecordBatch:
    out = []
    for row, task in enumerate(rows.column("task").to_pylist()):
        begin(row)
        out.append(act(task))
    return pa.RecordBatch.from_pylist(
        [{"task": t, "got": g} for t, g in zip(rows.column("task").to_pylist(), out, strict=True)],
        schema=pa.schema([("task", pa.string()), ("got", pa.string())]),
    )


def misbehave(rows: pa.RecordBatch, options: dict[str, Any], begin: Begin) -> pa.RecordBatch:
    """Do what each row says: ``ok``, ``abort``, ``exit``, ``sleep`` …"""
    return _each(rows, begin, lambda task: _act(task, options))
