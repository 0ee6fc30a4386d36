"""What a worker keeps of a run while it works on it: the spec, compiled."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from pydantic import ValidationError

from jobimport.ids import ImportKey, PartitionKey, RunId
from jobimport.mapping import CompiledExpression, CompiledMapping, compile_mapping
from jobimport.mapping.hashes import content_hash
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import ANOTHER_RELEASE
from jobimport.resource.defaults import ALL_PARTITION
from jobimport.resource.spec import JobImportSpec
from jobimport.snapshot import RunSnapshot
from jobimport.store.collections import Database
from jobimport.store.runs import load_discovered
from jobimport_worker.fetch.turns import Manners

_KEPT_RUNS = 64


@dataclass(frozen=True)
class RunContext:
    """A run's snapshot and what is compiled from it."""

    snapshot: RunSnapshot
    discovered: Mapping[PartitionKey, dict[str, str]] | None = None
    """The partitions that the source named at the begin of the run; None: not asked yet."""

    @property
    def run(self) -> RunId:
        """The run."""
        return RunId(self.snapshot.run)

    @property
    def key(self) -> ImportKey:
        """Its import."""
        return ImportKey(self.snapshot.namespace, self.snapshot.name)

    @property
    def spec(self) -> JobImportSpec:
        """Its spec, with the preset merged in."""
        return self.snapshot.spec

    @cached_property
    def mapping(self) -> CompiledMapping:
        """Its mapping."""
        return compile_mapping(self.spec.mapping)

    @cached_property
    def where(self) -> CompiledExpression | None:
        """Its filter of records."""
        text = self.spec.source.format.where
        return CompiledExpression(text) if text else None

    @cached_property
    def group_by(self) -> CompiledExpression | None:
        """What makes rows of a page one record."""
        text = self.spec.source.format.group_by
        return CompiledExpression(text) if text else None

    @cached_property
    def manners(self) -> Manners:
        """How it behaves at its source."""
        return Manners(str(self.key), self.spec.source.politeness)

    @cached_property
    def changed_at(self) -> CompiledExpression | None:
        """Its expression for a record's time of change."""
        incremental = self.spec.source.incremental
        return CompiledExpression(incremental.field) if incremental and incremental.field else None

    @cached_property
    def reading_hash(self) -> str:
        """Changes whenever the same answers may be asked for or read in another way.

        Not by a field that a later release adds: only what differs from the defaults counts.
        """
        source = self.spec.source.model_dump(
            mode="json",
            by_alias=True,
            exclude={"politeness", "auth", "name", "partitions"},
            exclude_defaults=True,
        )
        return content_hash(source)

    @cached_property
    def walk_hash(self) -> str:
        """Changes whenever the same answers may be asked for, read or mapped in another way."""
        return content_hash([self.reading_hash, self.mapping.hash])

    def walks(self, partition: PartitionKey) -> bool:
        """Whether pages of a partition may be fetched: a retry may be confined to another one."""
        return self.snapshot.retry_partition in (None, partition)

    @property
    def awaits_discovery(self) -> bool:
        """Whether its partitions are not all known, because its source was not asked yet."""
        partitions = self.spec.source.partitions
        return bool(partitions and partitions.discover) and self.discovered is None

    @cached_property
    def partitions(self) -> dict[PartitionKey, dict[str, str]]:
        """Its partitions by key, each with its values: those of the spec, then those found."""
        partitions = self.spec.source.partitions
        if partitions is None or not (partitions.values or partitions.discover):
            return {PartitionKey(ALL_PARTITION): {}}
        found: dict[PartitionKey, dict[str, str]] = {}
        for values in partitions.values:
            found.setdefault(partition_key(values), dict(values))
        for key, values in (self.discovered or {}).items():
            found.setdefault(key, values)
        return found

    @cached_property
    def parameter_values(self) -> dict[str, str]:
        """What the templates of any request can use, by `root.name`."""
        preset = self.spec.source.preset
        parameters = preset.parameters if preset else {}
        return {f"parameters.{name}": each for name, each in parameters.items()}

    def template_values(self, partition: PartitionKey) -> dict[str, str]:
        """What the templates of a partition's requests can use, by `root.name`."""
        values = self.partitions.get(partition, {})
        return {f"partition.{name}": each for name, each in values.items()} | self.parameter_values


def partition_key(values: Mapping[str, str]) -> PartitionKey:
    """A partition's name: its value `name`, or else all its values."""
    key = values.get("name") or ":".join(values[name] for name in sorted(values))
    return PartitionKey(key[:200])


class UnreadableSnapshot(Exception):
    """A run was begun by another release, with what this worker does not know; says what."""


def _read(run: RunId, raw: bytes) -> RunSnapshot:
    try:
        return RunSnapshot.model_validate_json(raw)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, each["loc"])) for each in error.errors()[:3])
        raise UnreadableSnapshot(
            f"run {run} was {ANOTHER_RELEASE}, and this worker does not know {fields}: it waits for"
            " a worker of that release"
        ) from None


class RunContexts:
    """The runs that a worker works on, compiled once for each snapshot.

    The queue is asked each time: a run that it lost (P2) may have been started again by a spec that
    was changed meanwhile, under the same id.
    """

    def __init__(self, queue: Queue, database: Database) -> None:
        self._queue = queue
        self._database = database
        self._known: OrderedDict[RunId, tuple[bytes, RunContext]] = OrderedDict()

    async def get(self, run: RunId) -> RunContext | None:
        """A run's context; None where the queue does not know the run any more.

        UnreadableSnapshot where another release began it, with what this one does not know.
        """
        raw = await self._queue.snapshot(run)
        if raw is None:
            return None
        known = self._known.get(run)
        if known is not None and known[0] == raw:
            self._known.move_to_end(run)
            return known[1]
        context = RunContext(_read(run, raw))
        if context.awaits_discovery:
            context = replace(context, discovered=await load_discovered(self._database, run))
            if context.awaits_discovery:
                return context  # its plan is still to come, or has failed
        self._known[run] = raw, context
        while len(self._known) > _KEPT_RUNS:
            self._known.popitem(last=False)
        return context

    def forget(self, run: RunId) -> None:
        """Forget a run that is over."""
        self._known.pop(run, None)
