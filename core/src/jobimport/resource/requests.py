"""What a request by annotation asks for, where its value says more than that it is a new one."""

from typing import Final

from jobimport.ids import PartitionKey

_OF_PARTITION: Final = " partition="


def retry_request(token: str, partition: str | None = None) -> str:
    """The value of `jobimport.dev/retry-requested`: a token, and the partition that alone is to be
    walked again (None: whatever failed).
    """
    return token if partition is None else f"{token}{_OF_PARTITION}{partition}"


def retried_partition(value: str) -> PartitionKey | None:
    """The partition that such a value names; None where it names none."""
    _, found, partition = value.partition(_OF_PARTITION)
    return PartitionKey(partition.strip()) if found else None
