"""Routes of imports."""

from typing import Annotated

from fastapi import APIRouter, Query

from jobimport.resource.status import Verdict
from jobimport_api.asking import Asking, Cursor, Known, Limit, Shown
from jobimport_api.imports import service
from jobimport_api.imports.schemas import EventInfo, ImportDetail, ImportSummary
from jobimport_api.model import Page
from jobimport_api.problems import responses

router = APIRouter(tags=["imports"])


@router.get("/imports", responses=responses(400))
async def imports(
    catalog: Known,
    viewer: Asking,
    namespace: Annotated[str | None, Query(max_length=63)] = None,
    search: Annotated[
        str, Query(max_length=200, description="Words of namespace/name, source or owner.")
    ] = "",
    state: Annotated[service.State | None, Query()] = None,
    verdict: Annotated[Verdict | None, Query(description="Of the last run.")] = None,
    mine: Annotated[bool, Query(description="Only those that you own or requested.")] = False,
    sort: Annotated[service.Sort, Query()] = "name",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ImportSummary]:
    """The imports, with the live progress of those that run."""
    wanted = service.Wanted(namespace, search, state, verdict, mine, sort)
    return await service.list_imports(catalog, viewer, wanted, limit, cursor)


@router.get("/imports/{namespace}/{name}", responses=responses(404))
async def one_import(catalog: Known, viewer: Asking, imp: Shown) -> ImportDetail:
    """One import, whole, and what you may do with it."""
    return await service.import_detail(catalog, imp, viewer)


@router.get("/imports/{namespace}/{name}/events", responses=responses(404))
async def events(catalog: Known, imp: Shown) -> Page[EventInfo]:
    """The Kubernetes Events about an import, the newest first."""
    return await service.events_of(catalog, imp)
