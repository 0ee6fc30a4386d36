"""The operator in a cluster: JobImports from the API, workers as Deployments."""
