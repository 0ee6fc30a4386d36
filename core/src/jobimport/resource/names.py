"""The names under which Kubernetes knows the resource, and the annotations that request actions."""

from typing import Final

GROUP: Final = "jobimport.dev"
VERSION: Final = "v1alpha1"
KIND: Final = "JobImport"
PLURAL: Final = "jobimports"
API_VERSION: Final = f"{GROUP}/{VERSION}"

RUN_REQUESTED: Final = f"{GROUP}/run-requested"
RETRY_REQUESTED: Final = f"{GROUP}/retry-requested"
CANCEL_REQUESTED: Final = f"{GROUP}/cancel-requested"
APPROVE_CLOSE_REQUESTED: Final = f"{GROUP}/approve-close-requested"
REQUESTED_BY: Final = f"{GROUP}/requested-by"
OWNER: Final = f"{GROUP}/owner"
"""Whose an import is: a user's name, by which the dashboard shows them theirs."""

OPERATOR_MANAGER: Final = "jobimport-operator"
WORKER_MANAGER: Final = "jobimport-worker"

CREDENTIALS_NAME: Final = "jobimport-credentials"
"""Name of the Secret that a namespace's workers have mounted."""
