import subprocess
import sys

SCRIPT = """
import sys
from labelport.light import let_pyarrow_do_without_pandas
let_pyarrow_do_without_pandas()
import pyarrow as pa
pa.Table.from_pylist([{"a": 1}])
print("pandas" in sys.modules)
print(pa.table({"a": [1, 2]}).to_pandas()["a"].sum())
import pandas
print(pa.array(pandas.Series([1.5, 2.5])).to_pylist())
"""


def test_pyarrow_works_without_pandas_and_still_gives_a_data_frame_when_asked() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["False", "3", "[1.5, 2.5]", ""]
