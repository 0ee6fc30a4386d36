"""Imports without a cluster: a folder of YAML files, and a folder for what a cluster keeps."""

from jobimport.local.imports import LocalImports, StaleWriteError

__all__ = ["LocalImports", "StaleWriteError"]
