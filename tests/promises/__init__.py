"""Seeded defects: each breaks one promise, and the test that is named after it must notice."""
