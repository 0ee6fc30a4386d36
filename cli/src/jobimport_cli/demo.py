"""`make demo`: import a sample job board on this machine, watch it, and check the result."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
from pymongo import AsyncMongoClient
from rich.console import Console

from jobimport_cli.board.compare import Comparison, compare
from jobimport_cli.board.sample import SAMPLE_PORT, sample_board
from jobimport_cli.board.server import Board, serving
from jobimport_cli.laptop import Laptop, LaptopOptions, running_laptop
from jobimport_cli.processes import PartDied, PortTaken, require_free
from jobimport_cli.progress import ImportBars, outcome_table
from jobimport_cli.standins.lifetime import ServerDidNotStart
from jobimport_cli.standins.ports import free_port

_REPOSITORY = Path(__file__).parents[3]
_IMPORT_SECONDS = 300
_NAMESPACE = "default"


class DemoFailed(RuntimeError):
    """The imports did not end, or something else than what the board served is stored."""


async def demonstrate(*, leave: bool, console: Console) -> dict[str, Any]:
    """Run the demo; with `leave` it ends after the imports, else it stays up until a signal.

    Returns the totals of the last line. Raises DemoFailed and PartDied.
    """
    started = time.monotonic()
    board = sample_board()
    console.print("Starting servers, operator, workers and gateway …")
    with tempfile.TemporaryDirectory(prefix="jobimport-demo-") as state:
        port = _board_port()
        options = LaptopOptions(_imports(port, Path(state)), Path(state) / "state")
        async with serving(board, port) as board_url, running_laptop(options) as laptop:
            console.print(f"Dashboard: [bold]{laptop.url}[/bold]   sample board: {board_url}")
            runs = await _import_all(laptop, list(board.feeds), console)
            console.print(outcome_table(runs.items()))
            totals = await _check(laptop, board, console)
            totals["seconds"] = round(time.monotonic() - started, 1)
            if not leave:
                console.print(f"Up at [bold]{laptop.url}[/bold] until Ctrl-C.")
                await laptop.stay_up()
    return totals


def _board_port() -> int:
    """Where the examples expect the board, or another where something listens there already."""
    try:
        require_free(SAMPLE_PORT, "port")
    except PortTaken:
        return free_port()
    return SAMPLE_PORT


def _imports(port: int, place: Path) -> Path:
    """The folder of the examples, or a copy in `place` that expects the board at another port."""
    examples = _REPOSITORY / "examples"
    if port == SAMPLE_PORT:
        return examples
    copies = place / "imports"
    copies.mkdir()
    for file in examples.glob("*.yaml"):
        text = file.read_text().replace(f"127.0.0.1:{SAMPLE_PORT}/", f"127.0.0.1:{port}/")
        (copies / file.name).write_text(text)
    return copies


async def _import_all(
    laptop: Laptop, names: list[str], console: Console
) -> dict[str, Mapping[str, Any]]:
    """Show the imports until the last has ended; their LastRun by name."""
    bars = ImportBars(console)
    watch = asyncio.ensure_future(laptop.watch())
    try:
        with bars.progress:
            async with asyncio.timeout(_IMPORT_SECONDS), httpx.AsyncClient() as client:
                while True:
                    answer = await client.get(f"{laptop.url}/api/v1/imports")
                    answer.raise_for_status()
                    found = {item["name"]: item for item in answer.json()["items"]}
                    for name in names:
                        if name in found:
                            bars.show(found[name])
                    if all(_ended(found.get(name)) for name in names):
                        return {name: found[name]["lastRun"] for name in names}
                    if watch.done():
                        watch.result()
                    await asyncio.sleep(0.2)
    except TimeoutError as late:
        raise DemoFailed(f"the imports did not end within {_IMPORT_SECONDS} seconds") from late
    finally:
        watch.cancel()


def _ended(summary: Mapping[str, Any] | None) -> bool:
    if summary is None:
        return False
    if summary["stalled"]:
        raise DemoFailed(f"import {summary['name']} is stalled: {summary['message']}")
    return summary["lastRun"] is not None and summary["currentRun"] is None


async def _check(laptop: Laptop, board: Board, console: Console) -> dict[str, Any]:
    """Compare MongoDB with the board's ledger; DemoFailed with the differences."""
    found: dict[str, Comparison] = {}
    async with AsyncMongoClient[dict[str, Any]](laptop.mongodb_url) as client:
        for name, ledger in board.ledgers.items():
            database = client[laptop.database]
            found[name] = await compare(database, "jobs", f"{_NAMESPACE}.{name}", ledger)
            faults = ", ".join(f"{count} x {kind}" for kind, count in ledger.faults.items())
            console.print(f"{name}: {found[name]} with what the board served (faults: {faults})")
    wrong = [f"{name}: {result}" for name, result in found.items() if not result.same]
    if wrong:
        raise DemoFailed("MongoDB differs from what the board served: " + "; ".join(wrong))
    return {
        "imports": len(found),
        "served": sum(each.served for each in found.values()),
        "stored": sum(each.stored for each in found.values()),
        "rejected": sum(each.rejected for each in found.values()),
    }


def main() -> int:
    """Run the demo. Exit status 0: MongoDB holds exactly what the board served."""
    parser = argparse.ArgumentParser(prog="make demo ARGS=…", description=__doc__)
    parser.add_argument("--exit", action="store_true", help="stop after the imports")
    leave = bool(parser.parse_args().exit)
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    try:
        totals = asyncio.run(demonstrate(leave=leave, console=console))
    except (DemoFailed, PartDied, ServerDidNotStart) as failure:
        console.print("The demo failed:", style="red", end=" ")
        console.print(str(failure), markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(orjson.dumps(totals).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
