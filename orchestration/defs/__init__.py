"""The datasets of this deployment: a folder with a defs.yaml each."""
