"""The jobimport command: dev, run and validate."""
