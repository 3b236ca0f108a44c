"""Shapes and masks as pure numpy: areas, run lengths, rasterising."""
