"""Libraries that read DICOM quote the file in warnings and in logs: here they do not."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOGS = ("pydicom", "highdicom", "pylibjpeg")


@contextmanager
def quiet() -> Iterator[None]:
    """Let pydicom and what decodes for it warn of nothing and log nothing: a bad value is quoted whole."""
    logs = [logging.getLogger(name) for name in _LOGS]
    levels = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
