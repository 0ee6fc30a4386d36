"""Puts the dashboard into the package of the command line, where the checkout has it built."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DashboardHook(BuildHookInterface[Any]):
    """Adds frontend/out as jobimport_cli/dashboard; without it the package has none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds; an editable install finds the checkout itself."""
        built = Path(self.root).parent / "frontend" / "out"
        if version != "editable" and (built / "index.html").exists():
            build_data["force_include"][str(built)] = "jobimport_cli/dashboard"
