"""Asking the workers of a pool for a preview or a replay, and reading their answer."""

from typing import Any

from jobimport.ids import ImportKey, PoolKey, TaskId
from jobimport.presets import effective_spec
from jobimport.queue.oneoffs import OneOffAnswer, TooManyAsked, answer_of, ask
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import TaskKind
from jobimport.resource.object import ImportObject
from jobimport.resource.spec import JobImportSpec
from jobimport_api.catalog import Catalog
from jobimport_api.claims import claimed_source
from jobimport_api.problems import ProblemError, not_found
from jobimport_api.rejects.schemas import Replay
from jobimport_api.tasks.schemas import Asked, TaskAnswer

_SHOWN_POSTINGS = 20


async def ask_preview(catalog: Catalog, key: ImportKey, spec: JobImportSpec) -> Asked:
    """Ask for a preview of a spec, with its preset merged in."""
    payload = {"spec": _written(spec), "limit": _SHOWN_POSTINGS}
    return await _ask(catalog, PoolKey(key.namespace, spec.pool), TaskKind.PREVIEW, key, payload)


async def ask_replay(catalog: Catalog, imp: ImportObject, wanted: Replay) -> Asked:
    """Ask for rejects to be mapped again; ProblemError 409 where the import has no postings."""
    source = claimed_source(imp, await catalog.source.list())
    if imp.spec is None:
        raise ProblemError(409, f"The spec of {imp.key} cannot be read: {imp.spec_problem}")
    payload = {
        "spec": _written(effective_spec(imp.spec)),
        "sourceName": source,
        "reason": wanted.reason,
        "run": wanted.run,
        "partition": wanted.partition,
    }
    return await _ask(catalog, imp.pool, TaskKind.REPLAY, imp.key, payload)


async def answer_for_import(catalog: Catalog, imp: ImportObject, task: str) -> TaskAnswer:
    """The answer to a task that was asked for an import; ProblemError 404 for any other."""
    answer = await _answer(catalog, imp.pool, task)
    if answer.import_key != imp.key:
        raise _unknown(task)
    return _shown(answer)


async def answer_in_pool(catalog: Catalog, pool: PoolKey, task: str) -> TaskAnswer:
    """The answer to a task of a pool."""
    return _shown(await _answer(catalog, pool, task))


async def _ask(
    catalog: Catalog, pool: PoolKey, kind: TaskKind, key: ImportKey, payload: dict[str, Any]
) -> Asked:
    try:
        task = await ask(Queue(catalog.redis, pool), kind, key, payload)
    except TooManyAsked as error:
        raise ProblemError(429, str(error), retry_after=60) from error
    return Asked(namespace=pool.namespace, pool=pool.pool, task=task)


async def _answer(catalog: Catalog, pool: PoolKey, task: str) -> OneOffAnswer:
    answer = await answer_of(Queue(catalog.redis, pool), TaskId(task))
    if answer is None:
        raise _unknown(task)
    return answer


def _unknown(task: str) -> ProblemError:
    return not_found(f"Task {task} (answers expire after 10 minutes: ask again)")


def _shown(answer: OneOffAnswer) -> TaskAnswer:
    shown = {"state": answer.state, "result": answer.result, "error": answer.error}
    return TaskAnswer.model_validate(shown)


def _written(spec: JobImportSpec) -> dict[str, Any]:
    return spec.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)
