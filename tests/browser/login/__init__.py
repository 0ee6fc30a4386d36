"""Logging in and what one may, in a browser, on a real API server."""
