"""The demo: a bucket of real, drawn and broken media, and the settings that go with it."""
