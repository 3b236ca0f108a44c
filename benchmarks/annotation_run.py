"""Ours on one task in a fresh process: ``python -m benchmarks.annotation_run TASK ANNOTATIONS OUT``.

TASK is read, yolo, tar or voc. Prints how many annotations it read.
"""

import os
import sys
from pathlib import Path
from typing import Any

from labelport.light import let_pyarrow_do_without_pandas

FORMATS = {"yolo": "yolo_darknet", "tar": "yolo_darknet", "voc": "pascal_voc"}


def main() -> None:
    """Read; write where the task is a conversion."""
    let_pyarrow_do_without_pandas()  # before the first array is made, as the command line does
    from labelport.annotations.reading import read_annotations  # noqa: PLC0415

    task, annotations, out = sys.argv[1:]
    # Told that it is COCO, as the peers are.
    read = read_annotations([local_file(Path(annotations))], format_id="coco")
    if task != "read":
        _write(task, read.annotations, Path(out))
    print(read.annotations.annotations.num_rows)


def local_file(path: Path) -> Any:
    """Return a file of this machine as the sources give it."""
    from labelport.annotations.files import AnnotationFile  # noqa: PLC0415

    def read(start: int, length: int) -> bytes:
        with path.open("rb") as file:
            return os.pread(file.fileno(), length, start)

    return AnnotationFile(path.name, path.stat().st_size, "0", read, path)


def _write(task: str, rows: Any, out: Path) -> None:
    from labelport.annotations.detecting import formats  # noqa: PLC0415
    from labelport.annotations.outputs import FolderOutput, TarOutput  # noqa: PLC0415
    from labelport.annotations.writing import write_annotations  # noqa: PLC0415

    chosen = formats()[FORMATS[task]]
    if task == "tar":
        with out.open("wb") as file, TarOutput(file) as archive:
            write_annotations(rows, chosen, archive)
    else:
        with FolderOutput(out) as folder:
            write_annotations(rows, chosen, folder)


if __name__ == "__main__":
    main()
