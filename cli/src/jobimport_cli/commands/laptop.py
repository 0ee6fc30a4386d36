"""`jobimport dev`."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobimport_cli.commands.options import SecretOption
from jobimport_cli.credentials import credentials_folder
from jobimport_cli.processes import PartDied, PortTaken
from jobimport_cli.standins.lifetime import ServerDidNotStart
from jobimport_cli.terminal import errors, fail

if TYPE_CHECKING:
    from jobimport_cli.laptop import LaptopOptions


def dev(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="Folder of JobImport YAML files", exists=True, file_okay=False
        ),
    ],
    state: Annotated[
        Path | None, typer.Option(help="Where statuses and logs go [default: FOLDER/.jobimport]")
    ] = None,
    port: Annotated[
        int, typer.Option(help="Port of the dashboard [default: a free one]", min=0, max=65535)
    ] = 0,
    workers: Annotated[int, typer.Option(help="Worker processes at least", min=1)] = 2,
    secret: SecretOption = [],  # noqa: B006 - typer takes no other default of a list
) -> None:
    """Run operator, workers, gateway and dashboard on this machine, without a cluster.

    Imports are the YAML files of FOLDER itself; change one and it is taken up. Without REDIS_URL
    and MONGODB_URL, servers are started for the time being; what they hold is gone at the end, and
    so are the statuses of what is in such a MongoDB.
    """
    from jobimport_cli.laptop import LaptopOptions
    from jobimport_operator.adapters.local.running import FolderInUseError

    with credentials_folder(secret) as credentials:
        where = credentials if secret else None
        options = LaptopOptions(folder, state or folder / ".jobimport", port, workers, where)
        try:
            asyncio.run(_stay_up(options))
        except (PartDied, PortTaken, FolderInUseError, ServerDidNotStart) as dead:
            fail(str(dead))


async def _stay_up(options: "LaptopOptions") -> None:
    from jobimport_cli.laptop import dashboard_folder, running_laptop

    async with running_laptop(options) as laptop:
        if dashboard_folder() is None:
            errors.print(
                f"REST: [bold]{laptop.url}/api/v1/[/bold] (Ctrl-C ends everything). There is no"
                " dashboard here: run `make frontend` in the checkout and install again, or name a"
                " folder with it in DASHBOARD_DIR."
            )
        else:
            errors.print(f"Dashboard: [bold]{laptop.url}[/bold] (Ctrl-C ends everything)")
        await laptop.stay_up()
