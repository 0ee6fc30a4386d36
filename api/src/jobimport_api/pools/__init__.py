"""Pools: their queues and workers, and their load as one number."""
