"""Buckets: one interface over a folder, memory, and later S3."""
