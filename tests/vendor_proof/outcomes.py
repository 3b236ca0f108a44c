"""What became of each part of the proof, how it is printed, and the exit code."""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, Self

Verdict = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Outcome:
    """One line of the table."""

    part: str
    """cvat, video rules, label studio …"""

    case: str
    verdict: Verdict
    words: str = ""
    """What was compared, or why not."""

    entries: int | None = None
    """Entries of the manifest, where there is one."""

    need: str = ""
    """What a skipped case lacked, by the name that ``LABELPORT_REQUIRE`` takes."""

    def line(self) -> str:
        """Return the outcome as a line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of_line(cls, line: str) -> Self:
        """Return the outcome that a line of JSON holds."""
        return cls(**json.loads(line))


def passed(part: str, case: str, words: str = "", *, entries: int | None = None) -> Outcome:
    """Return that a case holds."""
    return Outcome(part, case, "passed", words, entries)


def failed(part: str, case: str, words: str, *, entries: int | None = None) -> Outcome:
    """Return that a case does not hold, and in which way."""
    return Outcome(part, case, "failed", words, entries)


def skipped(part: str, case: str, need: str, reason: str) -> Outcome:
    """Return that a case could not be tried for want of something."""
    return Outcome(part, case, "skipped", f"{need}: {reason}", need=need)


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as a table, and below it how many there are of each verdict."""
    part, case = (max((len(getattr(one, name)) for one in outcomes), default=0) for name in ("part", "case"))
    lines = [f"{'part':{part}}  {'case':{case}}  entries  verdict  "]
    for one in outcomes:
        entries = "-" if one.entries is None else str(one.entries)
        lines.append(f"{one.part:{part}}  {one.case:{case}}  {entries:>7}  {one.verdict:7}  {one.words}".rstrip())
    count = Counter(one.verdict for one in outcomes)
    return "\n".join([*lines, "", f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped"])


def exit_code(outcomes: Sequence[Outcome], environment: Mapping[str, str] = os.environ) -> int:
    """Return 0 where something was proved, nothing failed, and nothing that ``LABELPORT_REQUIRE`` names was skipped."""
    required = set(environment.get("LABELPORT_REQUIRE", "").split(","))
    good = any(one.verdict == "passed" for one in outcomes)
    bad = any(one.verdict == "failed" or (one.verdict == "skipped" and one.need in required) for one in outcomes)
    return 0 if good and not bad else 1
