"""What endpoints take: who asks, for which import, and which page of a list."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request
from starlette.datastructures import State

from jobimport.ids import ImportKey
from jobimport.resource.object import ImportObject
from jobimport_api.access.viewers import Viewer, token_of
from jobimport_api.catalog import Catalog

_NAME = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"

Namespace = Annotated[str, Path(max_length=63, pattern=_NAME, description="Namespace.")]
Name = Annotated[str, Path(max_length=253, pattern=_NAME, description="Name of the import.")]
RunName = Annotated[str, Path(max_length=253, description="Id of the run.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Items on a page.")]
Cursor = Annotated[str | None, Query(max_length=2000, description="Cursor of a page.")]


def _catalog(request: Request) -> Catalog:
    state: State = request.app.state
    return state.catalog


async def _viewer(request: Request) -> Viewer:
    state: State = request.app.state
    address = request.client.host if request.client else ""
    return await state.viewers.of(token_of(request.headers, state.proxy_header), address)


def _key(namespace: Namespace, name: Name) -> ImportKey:
    return ImportKey(namespace, name)


Known = Annotated[Catalog, Depends(_catalog)]
Asking = Annotated[Viewer, Depends(_viewer)]
Key = Annotated[ImportKey, Depends(_key)]


async def _shown(catalog: Known, viewer: Asking, key: Key) -> ImportObject:
    return await catalog.find(viewer, key)


Shown = Annotated[ImportObject, Depends(_shown)]
"""The import of the path, which the viewer may see; else a 403."""
