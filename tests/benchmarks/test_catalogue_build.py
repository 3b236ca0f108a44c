import io

import pytest
from rich.console import Console

from benchmarks.catalogue_build import Rounds, Run, table_of
from benchmarks.measuring import Measured


def cost(cpu_s: float, *, worker_mib: float = 0) -> Measured:
    return Measured(cpu_s=cpu_s, wall_s=cpu_s, worker_mib=worker_mib, load=0.5, output="")


def run(cpu_s: float, *, run_mib: float = 10, worker_mib: float = 90) -> Run:
    return Run(cost(cpu_s, worker_mib=worker_mib), {"above_imports_mib": run_mib})


@pytest.mark.parametrize(
    ("build", "unchanged", "run_mib", "worker_mib", "missed"),
    [(1.9, 1.0, 150, 200, 0), (2.1, 1.0, 150, 200, 1), (1.9, 2.6, 151, 201, 3)],
)
def test_a_missed_goal_says_so(build: float, unchanged: float, run_mib: float, worker_mib: float, missed: int) -> None:
    rounds = Rounds(
        floor=[cost(1.0), cost(1.0), cost(9.0)],
        build=[run(build, run_mib=run_mib, worker_mib=worker_mib)] * 3,
        start=[cost(0.5)] * 3,
        unchanged=[run(unchanged)] * 3,
        touched=run(1.0),
    )
    out = io.StringIO()
    Console(file=out, width=120).print(table_of(rounds, images=5000, clips=50))
    assert out.getvalue().count("MISSED") == missed
    assert out.getvalue().count("met") == 4 - missed
