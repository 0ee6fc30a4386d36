"""Imports: the list with what needs attention, one import whole, and its events."""
