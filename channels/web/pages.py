"""The pages' files: the citizen window and the staff site, built by `web/`, served as they are."""

import mimetypes
from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import file, redirect

from core.errors import NotFound

_HASHED = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"
STAFF = "staff/staff.html"
_ALONE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content policy of the staff site: stricter than the citizen window's, no other site may put it into a frame."""


class PageRoutes:
    """`/`, `/embed.js`, `/assets/*` and `/staff/*`; nothing outside the build folder can be reached."""

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
        if request.path == "/staff":
            return redirect("/staff/")  # its own files' addresses are relative to it
        wanted = self._find(STAFF if request.path == "/staff/" else path)
        kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
        if kind.startswith("text/") or kind == "application/javascript":
            kind += "; charset=utf-8"
        cache = _HASHED if request.path.startswith(("/assets/", "/staff/assets/")) else _SHORT
        headers = {"Cache-Control": cache}
        if wanted == self._folder / STAFF:
            headers |= {"Content-Security-Policy": _ALONE, "Cache-Control": "no-cache"}
        return await file(wanted, mime_type=kind, headers=headers)

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
