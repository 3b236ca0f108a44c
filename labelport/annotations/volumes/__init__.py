"""Volumes of labels: the series of images that they lie on, and their structures as rows of the annotation tables."""
