"""The command line: each command is a thin door to functions of the library."""

from labelport.cli import annotation_commands  # noqa: F401  -- its commands join those of the app
from labelport.cli.app import app

__all__ = ["app"]
