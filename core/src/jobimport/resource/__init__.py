"""The JobImport resource: its models, its names and the CRD that is made of them."""
