"""Previews in this process, live or from saved responses."""

from pathlib import Path

import httpx

from jobimport.ids import ImportKey
from jobimport.preview import PreviewResult
from jobimport.resource.spec import JobImportSpec
from jobimport_cli.credentials import credentials_folder
from jobimport_cli.files import Found
from jobimport_cli.saved import Recorder, Saved, secret_names
from jobimport_worker.fetch.addresses import parse_networks
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.transport import GuardedTransport
from jobimport_worker.preview import context_of, preview_page

_VERSION = "cli"


async def preview_live(
    found: Found,
    spec: JobImportSpec,
    *,
    limit: int,
    secrets: list[str],
    networks: str,
    save: Path | None,
) -> PreviewResult:
    """Fetch and map the first page; with `save` its responses are kept. Raises SourceError."""
    allowed = parse_networks(networks)
    transport: httpx.AsyncBaseTransport = GuardedTransport(allowed)
    if save is not None:
        transport = Recorder(transport, save, spec.source.auth)
    with credentials_folder(secrets) as credentials:
        fetcher = Fetcher(allowed, credentials, _VERSION, transport=transport)
        return await _preview(fetcher, found, spec, limit)


async def preview_saved(
    found: Found, spec: JobImportSpec, folder: Path, *, limit: int
) -> PreviewResult:
    """The same from saved responses, without a network and without secrets."""
    transport = Saved(folder, spec.source.auth)
    with credentials_folder([]) as credentials:
        for name in secret_names([spec.source.auth]):
            (credentials / name).write_text("not-sent-anywhere")
        fetcher = Fetcher([], credentials, _VERSION, transport=transport)
        return await _preview(fetcher, found, spec, limit)


async def _preview(
    fetcher: Fetcher, found: Found, spec: JobImportSpec, limit: int
) -> PreviewResult:
    key = ImportKey(found.reading.namespace, found.reading.name)
    try:
        return await preview_page(fetcher, context_of(spec, key), limit)
    finally:
        await fetcher.close()
