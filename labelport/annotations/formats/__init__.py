"""The annotation formats, one module or folder each."""
