"""Contract suites that a plug-in's bucket, probe, rule or manifest must pass."""
