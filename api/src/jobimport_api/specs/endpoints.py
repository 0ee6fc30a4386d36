"""Routes of specs in the making."""

from fastapi import APIRouter, Request

from jobimport.ids import ImportKey
from jobimport_api.actions.permission import permitted
from jobimport_api.asking import Asking, Known
from jobimport_api.model import Page
from jobimport_api.problems import responses
from jobimport_api.specs import service
from jobimport_api.specs.presets import presets
from jobimport_api.specs.schemas import (
    AppliedInfo,
    PresetInfo,
    PreviewAsked,
    ToApply,
    Validated,
    Written,
)
from jobimport_api.tasks.schemas import Asked
from jobimport_api.tasks.service import ask_preview

router = APIRouter(tags=["specs"])


@router.get("/presets")
async def list_presets(viewer: Asking) -> Page[PresetInfo]:
    """The sources that JobImport knows, with the parameters that each needs."""
    found = presets()
    return Page(items=found, total=len(found))


@router.post("/validate")
def validate(viewer: Asking, written: Written) -> Validated:
    """Say what is wrong with a manifest, line by line, without asking any source."""
    return service.validate(written.manifest)


@router.post("/preview", status_code=202, responses=responses(403, 429))
async def preview(request: Request, catalog: Known, viewer: Asking, asked: PreviewAsked) -> Asked:
    """Have a worker fetch and map one page, and write nothing. Needs the right to create
    JobImports in the namespace, for its workers use the namespace's credentials.
    """
    namespace = ImportKey(asked.namespace, "")
    async with permitted(request, viewer, "preview", namespace, verb="create"):
        key, spec = service.to_preview(asked.manifest, asked.namespace)
        return await ask_preview(catalog, key, spec)


@router.post("/apply", responses=responses(403, 409))
async def apply(request: Request, catalog: Known, viewer: Asking, wanted: ToApply) -> AppliedInfo:
    """Create or change an import with your own rights; first with dryRun, to see the diff."""
    key, manifest = service.to_apply(wanted.manifest, local=catalog.source.mode == "local")
    action = "dry-run" if wanted.dry_run else "apply"
    verb = "patch" if await catalog.source.get(key) is not None else "create"
    async with permitted(request, viewer, action, key, verb=verb):
        return await service.apply(
            catalog, viewer, manifest, wanted.manifest, dry_run=wanted.dry_run
        )
