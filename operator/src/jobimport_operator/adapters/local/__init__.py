"""The operator without a cluster: imports from a folder, workers as child processes."""
