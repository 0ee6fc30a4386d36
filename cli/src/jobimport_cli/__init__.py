"""The jobimport command: checks, previews, tests and runs imports without a cluster."""
