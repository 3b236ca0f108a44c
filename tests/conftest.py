"""What all tests share: the table of skips at the end."""

from collections import Counter

import pytest

LONGEST_FIRST = (
    "tests/journeys/",
    "tests/orchestration/",
    "tests/labelport/testing/",
    "tests/labelport/annotations/test_contract.py",
    "tests/labelport/annotations/volumes/test_stage.py",
)
"""Folders and files that take minutes: begun last, one worker would run them while the others have nothing left.

The Makefile asks xdist for this order (``--no-loadscope-reorder``): by itself it begins with files of many tests.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that take longest first; the order within a file stays."""

    def rank(item: pytest.Item) -> int:
        starts = [item.nodeid.startswith(place) for place in LONGEST_FIRST]
        return starts.index(True) if any(starts) else len(starts)

    items.sort(key=rank)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print skipped tests by reason."""
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        longrepr = report.longrepr
        reasons[str(longrepr[2]).removeprefix("Skipped: ") if isinstance(longrepr, tuple) else str(longrepr)] += 1
    terminalreporter.write_sep("=", "skipped tests by reason")
    if not reasons:
        terminalreporter.write_line("none")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:5d}  {reason}")
