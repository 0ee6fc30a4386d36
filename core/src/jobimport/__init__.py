"""What every part of JobImport shares: the resource, the queue, the store, mapping and settings."""
