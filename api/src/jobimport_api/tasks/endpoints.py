"""Routes of one-off tasks."""

from typing import Annotated

from fastapi import APIRouter, Path

from jobimport.ids import ImportKey, PoolKey
from jobimport_api.asking import Asking, Known, Namespace, Shown
from jobimport_api.problems import not_found, responses
from jobimport_api.tasks import service
from jobimport_api.tasks.schemas import TaskAnswer

router = APIRouter(tags=["tasks"])

Task = Annotated[str, Path(max_length=200, description="What the request answered as `task`.")]
Pool = Annotated[str, Path(max_length=63, description="Name of the pool.")]


@router.get("/imports/{namespace}/{name}/tasks/{task:path}", responses=responses(404))
async def of_import(catalog: Known, imp: Shown, task: Task) -> TaskAnswer:
    """The answer to a task of an import: a replay, or a preview under its name."""
    return await service.answer_for_import(catalog, imp, task)


@router.get("/namespaces/{namespace}/pools/{pool}/tasks/{task:path}", responses=responses(404))
async def of_pool(
    catalog: Known, viewer: Asking, namespace: Namespace, pool: Pool, task: Task
) -> TaskAnswer:
    """The answer to a task of a pool: a preview. Needs the right to create JobImports there."""
    if not await viewer.may("create", namespace):
        raise not_found(f"Task {task} in {ImportKey(namespace, pool)}")
    return await service.answer_in_pool(catalog, PoolKey(namespace, pool), task)
