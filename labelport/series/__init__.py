"""Series: which objects belong together, and in which order."""
