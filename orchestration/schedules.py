"""One schedule a distinct cron: the whole group of each of its datasets, in a run each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import dagster as dg

from orchestration.watch import Watch


def schedule_name(cron: str) -> str:
    """Return ``refresh_`` and the fields of the cron: ``0 3 * * *`` gives refresh_0_3_any_any_any."""
    words = {"*": "any", "/": "_each_", ",": "_and_", "-": "_to_"}
    return "refresh_" + "_".join(
        "".join(words.get(character, character) for character in field).replace("any_each_", "each_")
        for field in cron.split()
    )


def build_refreshes(watched: Iterable[Watch]) -> list[dg.ScheduleDefinition]:
    """Return the schedules of full listings; they heal what a watch or an event missed."""
    by_cron: dict[str, list[Watch]] = defaultdict(list)
    for watch in watched:
        if watch.refresh:
            by_cron[watch.refresh].append(watch)
    return [_refresh(cron, datasets) for cron, datasets in sorted(by_cron.items())]


def _refresh(cron: str, datasets: Sequence[Watch]) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=schedule_name(cron),
        cron_schedule=cron,
        target=dg.AssetSelection.groups(*(watch.name for watch in datasets)),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Full listing and refresh of {', '.join(watch.name for watch in datasets)}.",
    )
    def refresh(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        at = context.scheduled_execution_time.isoformat()
        return [
            dg.RunRequest(
                run_key=f"{watch.name}:{at}",
                asset_selection=list(watch.keys),
                tags={"dataset": watch.name, "labelport/reason": "refresh", "labelport/listing": "full"},
            )
            for watch in datasets
        ]

    return refresh
