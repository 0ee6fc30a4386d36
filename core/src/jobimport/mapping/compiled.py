"""A mapping, compiled once and used for every record of a run."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from jobimport.mapping import canonical, values
from jobimport.mapping.expressions import CompiledExpression, MappingError
from jobimport.problems import did_you_mean
from jobimport.resource.spec import MappingSpec
from jobimport.shapes import is_list

CODE_VERSION = 2
"""Part of every mapping's hash: raise it when the same expressions begin to give other postings."""

_MAX_ID = 512
_MAX_ERROR = 500
_LOCATION_PARTS = ("text", "street", "city", "region", "postalCode", "country")
_SALARY_PARTS = ("min", "max", "currency", "unit", "text")
_Normalise = Callable[[Any], Any]
_SCALARS: dict[str, _Normalise] = {
    **dict.fromkeys(canonical.TEXT_FIELDS, canonical.text),
    **dict.fromkeys(canonical.URL_FIELDS, canonical.url),
    **dict.fromkeys(canonical.DATE_FIELDS, canonical.date),
    "description": canonical.description,
    "remote": values.to_bool,
    "employmentTypes": canonical.employment_types,
    "language": canonical.language,
}


class RecordError(ValueError):
    """A record that cannot become a posting. `reason` is the same for all records alike."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class MappedPosting:
    """The canonical fields of one posting that are not null, and what went wrong in others."""

    fields: dict[str, Any]
    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    find: Callable[[Any], Any]
    normalise: _Normalise
    source: str


class CompiledMapping:
    """Maps records. `hash` changes whenever the same record may give another posting."""

    def __init__(self, spec: MappingSpec) -> None:
        self._id = _compile("externalId", spec.external_id) if spec.external_id else None
        self._fields = list(_compile_fields(spec))
        self._constants = _constants(spec)
        self._required = tuple(spec.required)
        self._keep_raw = spec.keep_raw
        _check_names("required", spec.required)
        _check_names("minCoverage", spec.min_coverage)
        described = [CODE_VERSION, canonical.SCHEMA_VERSION, spec.model_dump(by_alias=True)]
        text = orjson.dumps(described, option=orjson.OPT_SORT_KEYS)
        self.hash = hashlib.blake2b(text, digest_size=8).hexdigest()

    def external_id(self, record: Any) -> str | None:
        """What identifies the record at its source, as text; None where there is nothing."""
        if self._id is None:
            return None
        try:
            found = values.to_text(self._id.search(record))
        except ValueError:
            return None
        if found is None or len(found) <= _MAX_ID:
            return found
        digest = hashlib.sha256(found.encode()).hexdigest()
        return f"{found[: _MAX_ID - 65]}~{digest}"

    def map(self, record: Any) -> MappedPosting:
        """Map one record; RecordError where a required field is null."""
        fields: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for field in self._fields:
            try:
                value = field.normalise(field.find(record))
            except ValueError as error:
                errors[field.name] = str(error)[:_MAX_ERROR]
                continue
            if value is not None:
                fields[field.name] = value
        for name, constant in self._constants.items():
            if name not in fields:
                fields[name] = constant
        for name in self._required:
            if name not in fields:
                why = errors.get(name) or "the record has none"
                raise RecordError(f"{name} is missing", f"{name} is required: {why}")
        if self._keep_raw:
            fields["raw"] = canonical.storable(record)
        return MappedPosting(fields, errors)


def compile_mapping(spec: MappingSpec) -> CompiledMapping:
    """Compile a mapping; MappingError names the field that cannot be used, and why."""
    return CompiledMapping(spec)


def _compile(path: str, text: str) -> CompiledExpression:
    try:
        return CompiledExpression(text)
    except MappingError as error:
        raise MappingError(f"mapping.{path}: {error}") from error


def _compile_fields(spec: MappingSpec) -> Iterable[_Field]:
    written = spec.model_dump(by_alias=True)
    for name, normalise in _SCALARS.items():
        if written[name]:
            expression = _compile(name, written[name])
            yield _Field(name, expression.search, normalise, written[name])
    if spec.locations:
        yield _locations(written["locations"])
    if spec.salary:
        parts = _parts("salary", written["salary"], _SALARY_PARTS)
        yield _Field(
            "salary", lambda record: _search_all(parts, record), canonical.salary, "salary"
        )
    for name in ("identifiers", "extra"):
        if written[name]:
            yield _named(name, written[name])


def _parts(
    field: str, written: dict[str, str], names: Iterable[str]
) -> dict[str, CompiledExpression]:
    return {name: _compile(f"{field}.{name}", written[name]) for name in names if written.get(name)}


def _search_all(parts: dict[str, CompiledExpression], value: Any) -> dict[str, Any]:
    return {name: expression.search(value) for name, expression in parts.items()}


def _locations(written: dict[str, str]) -> _Field:
    each = _compile("locations.forEach", written["forEach"]) if written["forEach"] else None
    parts = _parts("locations", written, _LOCATION_PARTS)

    def find(record: Any) -> list[dict[str, Any]]:
        items = each.search(record) if each else [record]
        if items is None:
            return []
        return [_search_all(parts, item) for item in (items if is_list(items) else [items])]

    def normalise(found: list[dict[str, Any]]) -> list[dict[str, str]] | None:
        places: list[dict[str, str]] = []
        for parts_of_one in found:
            place = canonical.location(parts_of_one)
            if place is not None and place not in places:
                places.append(place)
        return places or None

    return _Field("locations", find, normalise, "locations")


def _named(field: str, written: dict[str, str]) -> _Field:
    parts = _parts(field, written, written)

    def normalise(found: dict[str, Any]) -> dict[str, Any] | None:
        kept = {
            canonical.storable_key(name): canonical.storable(value)
            for name, value in found.items()
            if value is not None
        }
        return kept or None

    return _Field(field, lambda record: _search_all(parts, record), normalise, field)


def _constants(spec: MappingSpec) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in spec.constants.items():
        normalise = _SCALARS.get(name)
        if normalise is None:
            known = ", ".join(sorted(_SCALARS))
            hint = did_you_mean(name, _SCALARS)
            raise MappingError(f"mapping.constants.{name}: no such field ({hint}fields: {known})")
        try:
            value = normalise(text)
        except ValueError as error:
            raise MappingError(f"mapping.constants.{name}: {error}") from error
        if value is not None:
            found[name] = value
    return found


def _check_names(path: str, names: Iterable[str]) -> None:
    for name in names:
        if name not in canonical.FIELDS:
            known = ", ".join(canonical.FIELDS)
            hint = did_you_mean(name, canonical.FIELDS)
            raise MappingError(f"mapping.{path}: no field {name!r} ({hint}fields: {known})")
