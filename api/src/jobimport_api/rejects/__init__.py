"""Quarantine: listed, downloaded and replayed."""
