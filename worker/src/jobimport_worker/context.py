"""What a worker keeps of a run while it works on it: the spec, compiled."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

from jobimport.ids import ImportKey, PartitionKey, RunId
from jobimport.mapping import CompiledExpression, CompiledMapping, compile_mapping
from jobimport.queue.queue import Queue
from jobimport.resource.defaults import ALL_PARTITION
from jobimport.resource.spec import JobImportSpec
from jobimport.snapshot import RunSnapshot
from jobimport_worker.fetch.turns import Manners

_KEPT_RUNS = 64


@dataclass(frozen=True)
class RunContext:
    """A run's snapshot and what is compiled from it."""

    snapshot: RunSnapshot

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
    def partitions(self) -> dict[PartitionKey, dict[str, str]]:
        """Its partitions by key, each with its values."""
        partitions = self.spec.source.partitions
        if partitions is None or not partitions.values:
            return {PartitionKey(ALL_PARTITION): {}}
        found: dict[PartitionKey, dict[str, str]] = {}
        for values in partitions.values:
            key = values.get("name") or ":".join(values[name] for name in sorted(values))
            found.setdefault(PartitionKey(key[:200]), dict(values))
        return found

    def template_values(self, partition: PartitionKey) -> dict[str, str]:
        """What the templates of a request can use, by `root.name`."""
        values = self.partitions.get(partition, {})
        preset = self.spec.source.preset
        parameters = preset.parameters if preset else {}
        return {f"partition.{name}": each for name, each in values.items()} | {
            f"parameters.{name}": each for name, each in parameters.items()
        }


class RunContexts:
    """The runs that a worker works on, read from the queue once each."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._known: OrderedDict[RunId, RunContext] = OrderedDict()

    async def get(self, run: RunId) -> RunContext | None:
        """A run's context; None where the queue does not know the run any more."""
        known = self._known.get(run)
        if known is not None:
            self._known.move_to_end(run)
            return known
        raw = await self._queue.snapshot(run)
        if raw is None:
            return None
        context = self._known[run] = RunContext(RunSnapshot.model_validate_json(raw))
        while len(self._known) > _KEPT_RUNS:
            self._known.popitem(last=False)
        return context

    def forget(self, run: RunId) -> None:
        """Forget a run that is over."""
        self._known.pop(run, None)
