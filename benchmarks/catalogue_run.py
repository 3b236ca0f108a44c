"""One run of the inventory and media stages in a fresh process, as the benchmark measures it.

``python -m benchmarks.catalogue_run FOLDER PUBLISH [--only-start]`` prints one JSON object.
"""

import json
import sys

import labelport.probing.stage
from benchmarks.measuring import forget_peak, peak_mib, resident_mib
from labelport.catalogue.inventory import refresh_inventory
from labelport.dataset import open_dataset
from labelport.light import let_pyarrow_do_without_pandas
from labelport.probing.stage import refresh_media
from labelport.settings import DatasetSettings


def main() -> None:
    """Run both stages; with ``--only-start`` nothing but imports and settings."""
    let_pyarrow_do_without_pandas()  # as the command line does
    folder, publish, *rest = sys.argv[1:]
    dataset = open_dataset(DatasetSettings(name="benchmark", bucket=folder, publish=publish))
    labelport.probing.stage.code_version(dataset.settings)
    imports = resident_mib()
    forget_peak()
    told: dict[str, object] = {"imports_mib": imports}
    if "--only-start" not in rest:
        outcomes = [refresh_inventory(dataset), refresh_media(dataset)]
        told |= {outcome.stage: {"counts": dict(outcome.counts), "changed": outcome.changed} for outcome in outcomes}
        told["rows"] = outcomes[1].rows["media"]
    told["above_imports_mib"] = peak_mib() - imports
    print(json.dumps(told))


if __name__ == "__main__":
    main()
