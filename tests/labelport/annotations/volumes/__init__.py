"""Tests of volumes of labels."""
