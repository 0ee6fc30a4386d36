"""Imported postings: browsed, searched, one with its history, and why one is or is not there."""
