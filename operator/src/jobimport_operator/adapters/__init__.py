"""What the operator's ports are in a cluster, and on a laptop."""
