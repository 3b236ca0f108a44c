"""Events of a bucket: hints that something landed, never the truth."""
