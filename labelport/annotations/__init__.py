"""Annotation files of any format through one table: read, matched to images, checked, written."""
