"""What people look at of labels of volumes: how large structures are, and three slices with their outlines."""
