"""The built dashboard: hashed files for ever, everything else asked again, and index.html for the paths that its router knows."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
HASHED = "assets/"
"""The build puts what it names by content here."""
NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Seiche</title>
<h1>The dashboard has not been built</h1>
<p>Run <code>make dashboard</code> in the source tree and load this page again. Events are taken all the same, and the API answers under
<a href="/api/v1/openapi.json">/api/v1</a>.</p></html>
"""


class DashboardFiles:
    """Serves `dist`; looks again at every request whether it is there, so that a build needs no restart."""

    def __init__(self, dist: Path) -> None:
        self._index = dist / "index.html"
        self._files = StaticFiles(directory=dist, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """GET and HEAD; raises 404 and 405 as `HTTPException`."""
        response = await self._response(scope)
        await response(scope, receive, send)

    async def _response(self, scope: Scope) -> Response:
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405, "only GET and HEAD are allowed here", headers={"Allow": "GET, HEAD"})
        if not self._index.exists():
            return HTMLResponse(NOT_BUILT, status_code=200 if scope["path"] == "/" else 404, headers={"Cache-Control": "no-store"})
        path = self._files.get_path(scope)
        if path != ".":
            try:
                found = await self._files.get_response(path, scope)
            except HTTPException as error:
                # A file that is gone is an error; a path without a dot is a page of the dashboard's own router.
                if error.status_code != 404 or "." in path.rsplit("/", 1)[-1] or path.startswith((HASHED, "health", "metrics")):
                    raise
            else:
                found.headers["Cache-Control"] = FOREVER if path.startswith(HASHED) else ASK_AGAIN
                return found
        return FileResponse(self._index, headers={"Cache-Control": ASK_AGAIN})
