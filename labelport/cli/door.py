"""The edge of a command: errors become one sentence and an exit code, never a traceback."""

import json
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from labelport.cli.report import FOUND, WRONG_USE, Report
from labelport.errors import BucketError, LabelportError, PublishTaken, SettingsError

WRONG = (SettingsError, BucketError, PublishTaken)
"""Errors of whoever typed the command: a wrong setting, no such folder, somebody else's catalogue."""


def through(work: Callable[[], Report], *, as_json: bool) -> NoReturn:
    """Do the work of a command, say what it came to, and exit."""
    # A kill of the command ends its temporary catalogue and its workers as Ctrl-C does.
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        sys.exit(_said(work, as_json))
    finally:
        signal.signal(signal.SIGTERM, before)


def _said(work: Callable[[], Report], as_json: bool) -> int:
    try:
        report = work()
    except LabelportError as error:
        code = WRONG_USE if isinstance(error, WRONG) else FOUND
        if as_json:
            print(json.dumps({"exit_code": code, "error": {"type": type(error).__name__, "message": str(error)}}))
        else:
            print(f"labelport: {error}", file=sys.stderr)
        return code
    try:
        if as_json:
            print(report.as_json())
        else:
            report.print()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (`| head`); Python would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return report.exit_code


def _stop(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
