"""The condition for work by hand, in every situation of a chain parent -> child -> grandchild."""

from collections.abc import Iterator

import dagster as dg
import pytest

from orchestration.automation import WHEN_DATA_CHANGES


class Chain:
    """Three assets p -> c -> d; ``version`` is what p holds, ``failing`` makes c fail."""

    def __init__(self) -> None:
        self.version = "1"
        self.failing = False
        self.instance = dg.DagsterInstance.ephemeral()
        self.cursor: dg.AssetDaemonCursor | None = None
        self.load()

    def load(self, *, code_version: str = "1", extra: bool = False) -> None:
        chain = self

        @dg.asset(code_version="1")
        def p() -> dg.MaterializeResult[None]:
            return dg.MaterializeResult(data_version=dg.DataVersion(chain.version))

        @dg.asset(deps=[p], code_version=code_version, automation_condition=WHEN_DATA_CHANGES)
        def c() -> dg.MaterializeResult[None]:
            if chain.failing:
                raise dg.Failure("asked to fail")
            return dg.MaterializeResult(data_version=dg.DataVersion("c" + chain.version))

        @dg.asset(deps=[c], code_version="1", automation_condition=WHEN_DATA_CHANGES)
        def d() -> dg.MaterializeResult[None]:
            return dg.MaterializeResult(data_version=dg.DataVersion("d" + chain.version))

        @dg.asset(deps=[c], code_version="1", automation_condition=WHEN_DATA_CHANGES)
        def new() -> None: ...

        self.defs = dg.Definitions(assets=[p, c, d, *([new] if extra else [])], executor=dg.in_process_executor)

    def run(self, keys: str) -> None:
        self.defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance, asset_selection=[dg.AssetKey(key) for key in keys], raise_on_error=False
        )

    def ask(self) -> set[str]:
        found = dg.evaluate_automation_conditions(defs=self.defs, instance=self.instance, cursor=self.cursor)
        self.cursor = found.cursor
        return {
            key.to_user_string()
            for key in self.defs.resolve_asset_graph().get_all_asset_keys()
            if found.get_num_requested(key)
        }


@pytest.fixture
def chain() -> Iterator[Chain]:
    made = Chain()
    made.run("pcd")
    assert made.ask() == set()  # one run did the chain
    yield made
    made.instance.dispose()


def test_nothing_is_asked_for_when_the_parent_ran_again_with_the_same_version(chain: Chain) -> None:
    chain.run("p")
    assert chain.ask() == set()


def test_one_run_that_did_the_whole_chain_with_a_new_version_leaves_nothing_to_ask(chain: Chain) -> None:
    chain.version = "2"
    chain.run("pcd")
    assert chain.ask() == set()


def test_a_parent_alone_with_a_new_version_asks_for_child_and_grandchild_once(chain: Chain) -> None:
    chain.version = "2"
    chain.run("p")
    assert chain.ask() == {"c", "d"}
    chain.run("cd")
    assert chain.ask() == set()


def test_a_child_run_by_hand_before_the_tick_is_not_run_again(chain: Chain) -> None:
    chain.version = "2"
    chain.run("p")
    chain.run("c")
    assert "c" not in chain.ask()


def test_a_failed_child_is_asked_for_once_and_not_again_when_it_fails_again(chain: Chain) -> None:
    chain.version, chain.failing = "2", True
    chain.run("pcd")
    assert chain.ask() == {"c", "d"}
    chain.run("cd")
    assert chain.ask() == set()
    assert chain.ask() == set()
    chain.failing = False
    chain.run("cd")
    assert chain.ask() == set()


def test_a_new_asset_and_a_new_code_version_are_asked_for(chain: Chain) -> None:
    chain.load(code_version="2", extra=True)
    assert {"c", "new"} <= chain.ask()
