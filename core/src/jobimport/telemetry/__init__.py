"""What a part tells of its work: metrics, traces, and logs that name the run and task."""
