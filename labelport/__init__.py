"""Labelport: from a bucket of raw media to labeling manifests and annotations.

The domain library. It knows media, buckets and formats, and nothing of Dagster.
"""

__version__ = "0.1.0"
