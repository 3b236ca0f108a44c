"""NIfTI in series: volumes, pairs of files, label volumes, and what an affine says."""
