"""What a worker sees and may do."""

import os
import subprocess
import sys
from pathlib import Path

from labelport.runners.confinement import clean_environment, module_path

CONFINED = """
import os, resource, sys
from pathlib import Path
from labelport.runners.confinement import address_space, confine
before = address_space()
confine(memory_bytes=256 << 20, scratch=Path(sys.argv[1]))
print(resource.getrlimit(resource.RLIMIT_CORE))
print(0 <= resource.getrlimit(resource.RLIMIT_AS)[0] - before - (256 << 20) < (64 << 20))
print(os.listdir())
confine(memory_bytes=1 << 40, scratch=Path(sys.argv[1]))
try:
    bytearray(512 << 20)
except MemoryError:
    print("MemoryError")
"""


def test_credentials_are_not_seen_unless_they_are_named() -> None:
    given = {"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "s", "LC_ALL": "C", "LABELPORT_WORKERS": "2", "KEY": "k"}
    assert "AWS_SECRET_ACCESS_KEY" not in clean_environment(given)
    assert clean_environment(given)["LC_ALL"] == "C"
    assert clean_environment(given)["LABELPORT_WORKERS"] == "2"
    assert "KEY" not in clean_environment(given)
    assert clean_environment(given, ["KEY"])["KEY"] == "k"


def test_ffmpeg_is_silent_and_the_working_directory_is_no_place_for_modules() -> None:
    assert clean_environment({"PYTHONSAFEPATH": ""})["PYTHONSAFEPATH"] == "1"
    assert clean_environment({"PYAV_LOGGING": "debug"})["PYAV_LOGGING"] == "off"


def test_the_module_path_is_absolute_and_holds_each_place_once() -> None:
    found = module_path(["", "lib", "/usr/lib/x", "/usr/lib/x"], {"PYTHONPATH": "/usr/lib/x:/opt/y"})
    assert found.split(os.pathsep) == [str(Path("lib").resolve()), "/usr/lib/x", "/opt/y"]


def test_memory_is_limited_for_good_and_there_are_no_core_files(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", CONFINED, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert told == ["(0, 0)", "True", "[]", "MemoryError"]
