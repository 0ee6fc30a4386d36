"""Fetching from sources that are slow, broken or hostile."""
