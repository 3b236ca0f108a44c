"""``labelport sent``: somebody says that the platform has a batch."""

from datetime import UTC, datetime

from rich.text import Text

from labelport.catalogue.pointer import dataset_at
from labelport.cli.report import Report
from labelport.errors import SettingsError
from labelport.manifests.batches import batch_name
from labelport.manifests.sent import confirm_batch
from labelport.storage.opening import open_bucket


def sent_report(manifest: str, batch: int | None, *, publish: str, before: str | None) -> Report:
    """Confirm a batch, and return what was done; raises ``SettingsError``, ``StageAbsent``, ``BatchUnknown``."""
    place = open_bucket(publish)
    dataset = dataset_at(place)
    if dataset is None:
        raise SettingsError(f"nothing was published in {publish}: name the `publish` of the dataset")
    done = confirm_batch(
        place, manifest, batch, dataset=dataset, now=datetime.now(UTC), before=_time(before) if before else None
    )
    name = batch_name(done.batch)
    if done.again:
        words = f"{name} of {manifest} was confirmed before; nothing was done"
    else:
        words = f"{name} of {manifest} is confirmed: {done.series} series; later batches leave them out"
    if done.left:
        words += f". {done.left} series came later: the next run writes them as {batch_name(done.batch + 1)}"
    numbers = {"batch": done.batch, "series": done.series, "again": done.again, "left": done.left}
    return Report("sent", shown=[Text(words)], numbers=numbers)


def _time(text: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{text!r} is no time: write it as 2030-01-31T14:00 or 2030-01-31T14:00+00:00") from None
    return given.astimezone(UTC)  # one without a zone is of this machine
