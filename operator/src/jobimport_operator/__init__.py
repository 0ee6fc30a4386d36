"""The JobImport operator: reconciles JobImport resources into runs and pools of workers."""
