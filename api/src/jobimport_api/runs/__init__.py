"""Runs: the history, one run whole with its errors, its pages, and its log."""
