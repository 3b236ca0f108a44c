"""Runners: map a function over shards of objects in worker processes."""
