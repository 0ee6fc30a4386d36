"""Servers for a laptop and for the tests: a Redis, and a server that speaks MongoDB's protocol."""
