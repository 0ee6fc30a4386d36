"""A real Kubernetes API for the tests: kind where Docker runs, else upstream's own programs."""
