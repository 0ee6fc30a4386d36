"""What a worker says while MongoDB is away: one line when a step waits, one when it goes on."""

import logging

from pymongo.errors import PyMongoError

from jobimport.settings import WorkerSettings
from jobimport.store.patience import Patience
from jobimport.telemetry.metrics.worker import STORE_RETRIES

log = logging.getLogger(__name__)


def patience_of(settings: WorkerSettings) -> Patience:
    """How long the steps of an attempt outlast MongoDB, with each further try counted."""
    seconds = settings.mongodb_patience_seconds

    def away(step: str, error: PyMongoError) -> None:
        STORE_RETRIES.labels(type(error).__name__).inc()
        log.warning(
            "MongoDB is away (%s in %s): tried again for up to %g s before the task begins anew",
            type(error).__name__,
            step,
            seconds,
        )

    def back(step: str, waited: float) -> None:
        log.info("MongoDB is back: %s went through after %.1f s", step, waited)

    return Patience(seconds, away, back)
