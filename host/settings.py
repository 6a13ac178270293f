"""The program's settings as the supervisor needs them, asked from the program itself.

`core.settings` needs packages of `.venv`; this side runs on the system's Python, so it asks through a child process.
Environment, `.env` and defaults are thereby read in one place only.
"""

import json
import os
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from host.environments import app
from host.trouble import Trouble

ASK = """
import json, sys
from core.errors import Misuse
from core.settings import load
try:
    s = load()
except Misuse as wrong:
    sys.exit(wrong.message)
print(json.dumps({
    "host": s.host, "port": s.port, "base_url": s.base_url, "state_dir": str(s.state_dir.resolve()),
    "demo": s.demo, "encoder": s.encoder, "rasa_host": s.rasa_host, "rasa_port": s.rasa_port,
    "database_url": s.database_url.get_secret_value(),
    "internal_token": s.internal_token.get_secret_value(), "data_key": s.data_key.get_secret_value(),
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """See core/settings.py for the meaning of each."""

    host: str
    port: int
    base_url: str
    state_dir: Path
    demo: bool
    encoder: str
    database_url: str
    rasa_host: str
    rasa_port: int
    internal_token: str
    data_key: str


def read(root: Path, environment: Mapping[str, str]) -> Settings:
    """Raises Trouble with the program's own sentence about a wrong setting."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [str(app(root).python), "-c", ASK],
        cwd=root,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Trouble((done.stderr.strip().splitlines() or ["设置无法读取"])[-1])
    values = json.loads(done.stdout)
    return Settings(**{**values, "state_dir": Path(values["state_dir"])})


def secret(state_dir: Path, name: str) -> str:
    """A random value of 64 hex digits, made at the first start and kept readable for its owner only."""
    folder = state_dir / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    value = secrets.token_hex(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value + "\n")
    return value
