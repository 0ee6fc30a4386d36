"""The JobImport worker: fetches, decodes, maps and writes job postings."""
