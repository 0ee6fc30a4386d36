"""What a run carries of its import: fixed at the start, read by every task of the run."""

from pydantic import BaseModel, ConfigDict

from jobimport.resource.spec import JobImportSpec


class RunSnapshot(BaseModel):
    """The spec of a run, with its preset already merged in and its defaults resolved."""

    model_config = ConfigDict(frozen=True)

    namespace: str
    name: str
    uid: str
    generation: int
    run: str
    sequence: int
    reason: str
    source_name: str
    spec: JobImportSpec
    approve_close: bool = False
    """Closing was approved by hand: the guard does not hold it in this run."""
    retry_of: str | None = None
    """The run whose failed pages alone are walked again."""
    retry_partition: str | None = None
    """The partition to which such a retry is confined; None: all of them."""

    def to_json(self) -> bytes:
        """Write it for the queue: only what the spec says, and none of what it leaves to defaults.

        A worker of an older release, which an upgrade has not reached yet, knows no field that was
        added since, and refuses a spec that names one.
        """
        return self.model_dump_json(by_alias=True, exclude_unset=True).encode()
