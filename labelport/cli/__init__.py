"""The command line: each command is a thin door to functions of the library."""

from labelport.cli.app import app

__all__ = ["app"]
