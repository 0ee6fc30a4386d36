"""REST under /api/v1: the routes of all features."""

from fastapi import APIRouter

from jobimport_api.access.endpoints import router as access
from jobimport_api.actions.endpoints import router as actions
from jobimport_api.imports.endpoints import router as imports
from jobimport_api.pools.endpoints import router as pools
from jobimport_api.problems import responses
from jobimport_api.records.endpoints import router as records
from jobimport_api.rejects.endpoints import router as rejects
from jobimport_api.runs.endpoints import router as runs
from jobimport_api.specs.endpoints import router as specs
from jobimport_api.tasks.endpoints import router as tasks

router = APIRouter(prefix="/api/v1", responses=responses(401, 403, 422, 429, 500, 503))
for each in (access, imports, runs, records, rejects, tasks, actions, specs, pools):
    router.include_router(each)
