"""An answer whose head is in, and its body, which can be read once."""

from collections.abc import AsyncGenerator, AsyncIterator

import httpx

from jobimport_worker.errors import Transient
from jobimport_worker.fetch.body import read_body


class Answer:
    """A response whose head is in and whose body can be read once.

    `url` is where it came from, redacted; `final_url` the same to resolve links against, which is
    never shown.
    """

    def __init__(
        self,
        response: httpx.Response,
        url: str,
        final_url: str,
        most_bytes: int,
        timeout_seconds: float,
    ) -> None:
        self.response = response
        self.url = url
        self.final_url = final_url
        self._plain = self._read(most_bytes, timeout_seconds)
        self._peeked: list[bytes] = []

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.response.status_code

    @property
    def content_type(self) -> str:
        """Media type, lower case, without parameters."""
        return self.response.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """Declared charset."""
        return self.response.charset_encoding

    def header(self, name: str) -> str | None:
        """A header's value."""
        return self.response.headers.get(name)

    async def head(self, size: int) -> bytes:
        """The first `size` decompressed bytes, or all of a smaller body; they stay readable."""
        found = sum(map(len, self._peeked))
        while found < size:
            piece = await anext(self._plain, None)
            if piece is None:
                break
            self._peeked.append(piece)
            found += len(piece)
        return b"".join(self._peeked)[:size]

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The decompressed body; raises the errors of read_body, and Transient for a broken one."""
        peeked, self._peeked = self._peeked, []
        for piece in peeked:
            yield piece
        async for piece in self._plain:
            yield piece

    async def _read(self, most_bytes: int, timeout_seconds: float) -> AsyncIterator[bytes]:
        try:
            async for chunk in read_body(self.response, most_bytes, timeout_seconds):
                yield chunk
        except httpx.TransportError as error:
            why = str(error) or type(error).__name__
            raise Transient(f"the response was cut off: {why}") from error
