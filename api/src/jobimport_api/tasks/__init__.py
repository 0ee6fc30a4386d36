"""One-off tasks: what a worker is asked for outside of runs, and its answer."""
