"""Buckets: one interface over a folder, memory, and S3."""
