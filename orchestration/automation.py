"""The automation condition for people who materialize one stage by hand.

Sensor and schedules always request a whole group, so nothing relies on this; its sensor ships stopped.
"""

from typing import Any

import dagster as dg

AC: Any = dg.AutomationCondition
"""Untyped: the operators of conditions do not agree on their key types."""

DEPS_CHANGED = AC.any_deps_match(
    # A dependency that ran together with this asset has been dealt with by that run.
    (AC.data_version_changed() & ~AC.executed_with_root_target()) | AC.will_be_requested()
).with_label("any_deps_changed")

WHEN_DATA_CHANGES: dg.AutomationCondition[dg.AssetKey] = (
    AC.in_latest_time_window()
    & (
        (
            AC.newly_missing() | AC.code_version_changed() | AC.execution_failed().newly_true() | DEPS_CHANGED
        ).since_last_handled()
        | (AC.missing() & ~AC.execution_failed())
    )
    & ~AC.any_deps_missing()
    & ~AC.any_deps_in_progress()
    & ~AC.in_progress()
    & AC.all_deps_blocking_checks_passed()
).with_label("when_data_changes")
"""Asks for an asset when a dependency has another data version, its code changed, it is missing, or
its last run failed (once)."""
