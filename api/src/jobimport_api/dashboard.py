"""The dashboard's files: a static export, with the headers that keep a page to itself."""

import base64
import hashlib
import re
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def content_security_policy(folder: Path) -> str:
    """A policy under which only the export's own scripts run: files, and inline ones by hash."""
    hashes: set[str] = set()
    for page in folder.rglob("*.html"):
        for script in _INLINE.findall(page.read_bytes()):
            digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
            hashes.add(f"'sha256-{digest}'")
    scripts = " ".join(["'self'", *sorted(hashes)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data:; font-src 'self'; connect-src 'self' ws: wss:; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'; manifest-src 'self'"
    )


class Dashboard(StaticFiles):
    """Serves the export: built files for ever, pages fresh each time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)
        self._policy = content_security_policy(folder)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file with its headers."""
        response = await super().get_response(path, scope)
        built = path.startswith("_next/static/")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if built else "no-cache"
        )
        # On "not modified" too: its headers take the place of those that the browser kept, and
        # the gateway's own policy, under which nothing runs, would blank a page that is reloaded.
        response.headers["Content-Security-Policy"] = self._policy
        return response
