"""The HTTP contract as an OpenAPI 3.1 document (`openapi.yml` beside this file), and the same as a plain page.

Written by hand and held against the router by a test and against the running server by schemathesis. The page is ours,
too: the usual viewers load their code from elsewhere, which our content policy forbids.
"""

from functools import cache
from html import escape
from pathlib import Path

import yaml

from core.message import Json


@cache
def document() -> Json:
    """The contract: `openapi.yml`, and beside it one file for each part of the staff site (`openapi-<part>.yml`)."""
    folder = Path(__file__).parent
    loaded: Json = yaml.safe_load((folder / "openapi.yml").read_text("utf-8"))
    for path in sorted(folder.glob("openapi-*.yml")):
        part: Json = yaml.safe_load(path.read_text("utf-8"))
        loaded["paths"] |= part["paths"]
        for kind, named in part.get("components", {}).items():
            loaded["components"][kind] = loaded["components"].get(kind, {}) | named
    return loaded


@cache
def page() -> str:
    """The contract as HTML without scripts."""
    contract = document()
    parts = [
        "<!doctype html><html lang=zh-CN><head><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>{escape(contract['info']['title'])}</title></head><body><main>",
        f"<h1>{escape(contract['info']['title'])}</h1><p>{escape(contract['info']['description'])}</p>",
        "<p><a href='/openapi.json'>openapi.json</a></p>",
    ]
    for path, verbs in contract["paths"].items():
        for verb, operation in verbs.items():
            if verb == "parameters":
                continue
            parts.append(f"<h2><code>{verb.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>")
            parts.append(f"<p>{escape(operation.get('description', ''))}</p><ul>")
            parts += [
                f"<li><code>{escape(str(status))}</code> {escape(_description(contract, answer))}</li>"
                for status, answer in operation["responses"].items()
            ]
            parts.append("</ul>")
    return "".join([*parts, "</main></body></html>"])


def _description(contract: Json, answer: Json) -> str:
    if "$ref" in answer:
        answer = contract["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return str(answer["description"])
