"""One run of the inventory and media stages in a fresh process, as the benchmark measures it.

``python -m benchmarks.catalogue_run FOLDER PUBLISH [--only-start]`` prints one JSON object.
"""

import json
import sys

from benchmarks.measuring import forget_peak, peak_mib, resident_mib
from labelport.light import let_pyarrow_do_without_pandas


def main() -> None:
    """Run both stages; with ``--only-start`` nothing but imports and settings."""
    let_pyarrow_do_without_pandas()  # before the first array is made, as the command line does
    from labelport.catalogue.inventory import refresh_inventory  # noqa: PLC0415
    from labelport.dataset import open_dataset  # noqa: PLC0415
    from labelport.probing import stage  # noqa: PLC0415
    from labelport.settings import DatasetSettings  # noqa: PLC0415

    folder, publish, *rest = sys.argv[1:]
    dataset = open_dataset(DatasetSettings(name="benchmark", bucket=folder, publish=publish))
    stage.code_version(dataset.settings)
    imports = resident_mib()
    forget_peak()
    told: dict[str, object] = {"imports_mib": imports}
    if "--only-start" not in rest:
        outcomes = [refresh_inventory(dataset), stage.refresh_media(dataset)]
        told |= {outcome.stage: {"counts": dict(outcome.counts), "changed": outcome.changed} for outcome in outcomes}
        told["rows"] = outcomes[1].rows["media"]
    told["above_imports_mib"] = peak_mib() - imports
    print(json.dumps(told))


if __name__ == "__main__":
    main()
