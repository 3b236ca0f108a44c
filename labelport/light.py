"""Starting without pandas: pyarrow imports it with the first list that becomes an array.

That costs 0.2 s of CPU and 50 MB (measured, pyarrow 26 and pandas 3), and no command and no worker of
ours needs it. Only for processes that are ours alone: afterwards pyarrow no longer knows a pandas
object when it is given one as a list (``to_pandas`` still works), so a notebook must not do this.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Unseen:
    """An import finder for which there is no pandas."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise ``ModuleNotFoundError`` for pandas alone."""
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)
        return None


def let_pyarrow_do_without_pandas() -> None:
    """Let pyarrow look for pandas once, in vain; whoever asks for a DataFrame later still gets one."""
    import pyarrow as pa  # noqa: PLC0415  -- `--help` needs none

    if "pandas" in sys.modules:
        return
    unseen = _Unseen()
    sys.meta_path.insert(0, unseen)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(unseen)
