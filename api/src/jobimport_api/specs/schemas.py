"""Specs in the making, as the API takes and gives them."""

from typing import Annotated

from pydantic import Field

from jobimport_api.model import ApiModel

ManifestText = Annotated[
    str, Field(max_length=262_144, description="One JobImport as YAML (or JSON) text.")
]


class PresetParameter(ApiModel):
    """A parameter of a preset."""

    name: str
    description: str
    required: bool
    example: str | None
    default: str | None = Field(description="What is used without it; null: nothing.")
    pattern: str = Field(description="Regular expression that the whole value has to fit.")


class PresetInfo(ApiModel):
    """A source that JobImport knows."""

    name: str
    title: str
    description: str
    parameters: list[PresetParameter]
    documentation: str | None = Field(description="Address of the source's own documentation.")


class Written(ApiModel):
    """A manifest to look at."""

    manifest: ManifestText


class SpecProblem(ApiModel):
    """One thing that is wrong with a manifest."""

    path: str = Field(description="Field, such as spec.mapping.title; empty: the whole text.")
    message: str = Field(description="What is wrong, and what to do.")
    line: int | None = Field(description="Line of the text, from 1; null: it is not there.")


class Validated(ApiModel):
    """What is wrong with a manifest, and what it comes to."""

    problems: list[SpecProblem] = Field(description="Empty: it can run.")
    effective: str | None = Field(
        description="The manifest as YAML with its preset merged in; null while it cannot be read."
    )


class PreviewAsked(ApiModel):
    """A manifest to preview."""

    namespace: str = Field(
        max_length=63,
        pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
        description="Where it is to run: its workers fetch, with that namespace's credentials.",
    )
    manifest: ManifestText


class ToApply(ApiModel):
    """A manifest to create or change an import by."""

    manifest: ManifestText
    dry_run: bool = Field(default=True, description="Only say what would come of it.")


class AppliedInfo(ApiModel):
    """What came, or with dryRun would come, of a manifest."""

    created: bool = Field(description="Whether the import is new.")
    manifest: str = Field(description="The import afterwards, as YAML.")
    diff: str = Field(description="What changes, as a unified diff; empty: nothing.")
    managed_by: str | None = Field(
        description="A GitOps tool that keeps the import and would take the change back: commit it"
        " there instead. Null: none."
    )
