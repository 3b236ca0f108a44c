"""``python -m tests.vendor_proof``: all parts, progress as they go, a table at the end.

Exit code 0 only where nothing failed, something was proved, and nothing was skipped that ``LABELPORT_REQUIRE``
names (fixtures, cvat-environment, encoders, label-studio, seaweedfs, chromium).
"""

import argparse
import os
import signal
import sys
import time
import traceback
from collections.abc import Generator, Iterator
from itertools import chain
from pathlib import Path

from tests.vendor_proof.cvat import cvat_outcomes
from tests.vendor_proof.label_studio import label_studio_outcomes
from tests.vendor_proof.outcomes import Outcome, exit_code, failed, table


def main() -> int:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="make vendor-proof", description=__doc__)
    parser.add_argument("--part", choices=["cvat", "label_studio"], help="this part alone")
    parser.add_argument("--screenshots", type=Path, help="a folder for pictures of the labeling pages")
    given = parser.parse_args()
    if given.screenshots:
        given.screenshots.mkdir(parents=True, exist_ok=True)
        os.environ["LABELPORT_SCREENSHOTS"] = str(given.screenshots)
    # So that servers are ended by their blocks when this process is told to end.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    parts: dict[str, Generator[Outcome | str, None, None]] = {
        "cvat": cvat_outcomes(),
        "label_studio": label_studio_outcomes(),
    }
    started = time.monotonic()
    outcomes: list[Outcome] = []
    try:
        for said in chain.from_iterable(
            _kept(name, part) for name, part in parts.items() if given.part in (None, name)
        ):
            words = said if isinstance(said, str) else f"{said.part}: {said.case}: {said.verdict}  {said.words}"
            print(f"{time.monotonic() - started:6.0f} s  {words}", flush=True)
            if isinstance(said, Outcome):
                outcomes.append(said)
    finally:
        for part in parts.values():
            part.close()  # ends the servers of a part that was broken off
    print(f"\n{table(outcomes)} ({time.monotonic() - started:.0f} s)")
    return exit_code(outcomes)


def _kept(name: str, part: Iterator[Outcome | str]) -> Iterator[Outcome | str]:
    """Yield what a part says, and its end too where that is an error: the other part still has its turn."""
    try:
        yield from part
    except Exception as error:  # whatever a server, a browser or our own code raises is a failure of this part
        traceback.print_exc()
        yield failed(name, "broke off", f"{type(error).__name__}: {error}"[:300])


if __name__ == "__main__":
    sys.exit(main())
