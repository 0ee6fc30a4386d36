"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer


def _networks(given: str) -> str:
    """Networks as they are given; a usage error names the one that is none."""
    from jobimport_worker.fetch.addresses import parse_networks

    try:
        parse_networks(given)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write networks such as 10.20.0.0/16") from error
    return given


FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="YAML file; - is standard input")]
FilesArgument = Annotated[
    list[str],
    typer.Argument(metavar="FILE…", help="YAML files or folders of them; - is standard input"),
]
NameOption = Annotated[
    str | None, typer.Option("--name", help="The import, where FILE has several")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs")]
SecretOption = Annotated[
    list[str],
    typer.Option(
        "--secret",
        help="A key of jobimport-credentials: name=@file or name=env:VARIABLE; may be repeated",
    ),
]
NetworksOption = Annotated[
    str,
    typer.Option(
        "--allowed-networks",
        envvar="ALLOWED_NETWORKS",
        help="Private networks that the source may be in, comma-separated",
        callback=_networks,
    ),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=200, help="Postings to show")]
FolderOption = Annotated[
    Path | None,
    typer.Option("--saved", help="Folder of saved responses [default: saved/<import> beside FILE]"),
]

LOOPBACK = "127.0.0.0/8,::1/128"
"""A source on this machine may be fetched by default: it is one's own."""
