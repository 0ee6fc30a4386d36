"""Previews: one page, fetched, decoded and mapped as an import does it, with nothing written."""

from jobimport_worker.preview.page import context_of, preview_page

__all__ = ["context_of", "preview_page"]
