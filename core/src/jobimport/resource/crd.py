"""The CustomResourceDefinition, made from the models: `python -m jobimport.resource.crd`."""

import argparse
import sys
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel

from jobimport.resource.names import GROUP, KIND, PLURAL, VERSION
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.status import NEVER_OBSERVED, JobImportStatus

Schema = dict[str, Any]

_PATH = Path("crds") / f"{PLURAL}.{GROUP}.yaml"
_HEADER = "# Made from the models by `make generate`; do not edit.\n"
_COLUMNS: list[Schema] = [
    {
        "name": "Ready",
        "type": "string",
        "jsonPath": '.status.conditions[?(@.type=="Ready")].status',
    },
    {"name": "Schedule", "type": "string", "jsonPath": ".spec.schedule"},
    {"name": "Last run", "type": "date", "jsonPath": ".status.lastRun.finishedAt"},
    {"name": "Verdict", "type": "string", "jsonPath": ".status.lastRun.verdict"},
    {"name": "Records", "type": "integer", "jsonPath": ".status.lastRun.records"},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    {
        "name": "Status",
        "type": "string",
        "jsonPath": '.status.conditions[?(@.type=="Ready")].message',
        "priority": 1,
    },
    {"name": "Message", "type": "string", "jsonPath": ".status.lastRun.message", "priority": 1},
    {"name": "Next run", "type": "string", "jsonPath": ".status.nextRunTime", "priority": 1},
]


def crd() -> Schema:
    """The whole definition as a manifest."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
                "shortNames": ["ji"],
                "categories": ["jobimport"],
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": _COLUMNS,
                    "schema": {"openAPIV3Schema": _root()},
                }
            ],
        },
    }


def _root() -> Schema:
    return {
        "type": "object",
        "description": "An import of job postings: from where, when, and how they are mapped.",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string", "description": "Version of the schema."},
            "kind": {"type": "string", "description": "JobImport."},
            "metadata": {"type": "object"},
            "spec": structural(JobImportSpec),
            # Until the operator has seen an import, kstatus must not take it for current.
            "status": {
                **structural(JobImportStatus),
                "default": {"observedGeneration": NEVER_OBSERVED},
            },
        },
    }


def structural(model: type[BaseModel]) -> Schema:
    """A model as a structural schema: no references, no null, no defaults.

    Defaults stay with the models: written into stored resources they would be drift to a GitOps
    tool, and could not change any more.
    """
    schema = model.model_json_schema(by_alias=True)
    definitions = cast("dict[str, Schema]", schema.get("$defs", {}))
    found = _plain(schema, definitions)
    found["description"] = (model.__doc__ or "").strip()
    return found


def _plain(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """One schema and all below it, in the form that the API server takes."""
    if "$ref" in schema:
        inner = _plain(definitions[str(schema["$ref"]).rpartition("/")[2]], definitions)
        return {**inner, **{key: schema[key] for key in ("description",) if key in schema}}
    if "anyOf" in schema:
        rest = [each for each in schema["anyOf"] if each.get("type") != "null"]
        if len(rest) != 1:
            raise TypeError(f"a field of several types has no structural schema: {schema}")
        outer = {key: value for key, value in schema.items() if key != "anyOf"}
        return {**_plain(rest[0], definitions), **_plain(outer, definitions)}
    if "allOf" in schema:
        outer = {key: value for key, value in schema.items() if key != "allOf"}
        return {**_plain(schema["allOf"][0], definitions), **_plain(outer, definitions)}
    found: Schema = {}
    for key, value in schema.items():
        if key in ("title", "default", "$defs", "propertyNames"):
            continue
        if key == "const":
            found["enum"] = [value]
        elif key == "properties":
            found[key] = {name: _plain(each, definitions) for name, each in value.items()}
        elif key == "items":
            found[key] = _plain(value, definitions)
        elif key == "additionalProperties":
            _additional(found, value, definitions)
        elif key in ("exclusiveMinimum", "exclusiveMaximum"):
            found[key.replace("exclusiveM", "m")] = value
            found[key] = True
        else:
            found[key] = value
    return found


def _additional(found: Schema, value: Any, definitions: dict[str, Schema]) -> None:
    if isinstance(value, dict):
        found["additionalProperties"] = _plain(cast("Schema", value), definitions)
    elif value is True:
        found["x-kubernetes-preserve-unknown-fields"] = True


def text() -> str:
    """The definition as YAML."""
    return _HEADER + yaml.safe_dump(crd(), sort_keys=False, width=100, allow_unicode=True)


def main() -> int:
    """Write the definition, or with --check only say whether it is up to date."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        _PATH.parent.mkdir(exist_ok=True)
        _PATH.write_text(text())
        return 0
    if _PATH.exists() and _PATH.read_text() == text():
        return 0
    sys.stderr.write(f"{_PATH} does not match the models: run make generate\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
