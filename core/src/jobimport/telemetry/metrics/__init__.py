"""Prometheus metrics: one module of definitions a part, all in one registry a process.

A process shows the metrics of the modules that it imports. docs/observability.md lists them all.
"""
