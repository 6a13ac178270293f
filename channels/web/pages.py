"""The citizen window's files: built by `web/`, served as they are."""

import mimetypes
from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import file

from core.errors import NotFound

_HASHED = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"


class PageRoutes:
    """`/`, `/embed.js` and `/assets/*`; nothing outside the build folder can be reached."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def blueprint(self) -> Blueprint:
        """GET and HEAD of every file of the build."""
        routes: Blueprint = Blueprint("pages")
        routes.add_route(self.page, "/", methods=["GET", "HEAD"], name="index")
        routes.add_route(self.page, "/<path:path>", methods=["GET", "HEAD"], name="file")
        return routes

    async def page(self, request: Request, path: str = "index.html") -> HTTPResponse:
        """One file of the build."""
        wanted = self._find(path)
        kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
        if kind.startswith("text/") or kind == "application/javascript":
            kind += "; charset=utf-8"
        cache = _HASHED if "assets" in wanted.parts and request.path.startswith("/assets/") else _SHORT
        return await file(wanted, mime_type=kind, headers={"Cache-Control": cache})

    def _find(self, path: str) -> Path:
        """The file of that name within the build; raises NotFound for anything else, however odd."""
        try:
            wanted = (self._folder / path).resolve()
            found = wanted.is_relative_to(self._folder) and wanted.is_file()
        except (OSError, ValueError):  # a name that is too long, or holds what no name may hold
            found = False
        if not found:
            raise NotFound("no_page", "没有这个页面。")
        return wanted
