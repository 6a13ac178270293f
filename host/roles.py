"""The processes of one machine: what each is started with and when it counts as up."""

import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from host import environments, postgres
from host.settings import Settings, secret
from host.supervisor import Role
from host.trouble import Trouble

PROBE_SECONDS = 1.0


def build(
    root: Path, settings: Settings, environment: Mapping[str, str], *, dialogue: bool, say: Callable[[str], None]
) -> list[Role]:
    """All roles, in the order of their starts. Raises Trouble when the embedded database cannot run here."""
    logs = settings.state_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    common = {
        **environment,
        "HUICHUANG_INTERNAL_TOKEN": _internal_token(settings),
        "HUICHUANG_RASA_PORT": str(settings.rasa_port),
        "HUICHUANG_STATE_DIR": str(settings.state_dir),
        "MALLOC_MMAP_THRESHOLD_": str(4 << 20),  # a search fills some hundred kB: not a new mapping each time
        "MALLOC_ARENA_MAX": "2",  # glibc's per-thread arenas would hold memory that idle processes do not need
    }
    roles = []
    if not settings.database_url:
        cluster = postgres.embedded(root, settings.state_dir / "pg")
        for note in cluster.initialise():
            say(f"  ! {note}")
        common["DATABASE_URL"] = cluster.url()
        roles.append(_database(root, logs, cluster, common))
    else:
        _migrate(root, common)
    if dialogue:
        roles.append(_dialogue(root, logs, settings, common))
    own = {**common, "HUICHUANG_DATA_KEY": settings.data_key or secret(settings.state_dir, "data_key")}
    needs = tuple(role.name for role in roles if role.name == "database")
    for name in ("web", "worker"):
        up = http(settings.host, settings.port, "/healthz") if name == "web" else _at_once
        command = [str(environments.app(root).python), "-m", "app", "--role", name]
        role = Role(name=name, command=command, cwd=root, log=logs / f"{name}.log", environment=own, needs=needs, up=up)
        roles.append(role)
    return roles


def http(host: str, port: int, path: str) -> Callable[[], bool]:
    """A probe: does the server answer this path with success."""
    local = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound
    url = f"http://{f'[{local}]' if ':' in local else local}:{port}{path}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def up() -> bool:
        try:
            with opener.open(url, timeout=PROBE_SECONDS) as answer:
                return bool(answer.status == 200)
        except (OSError, ValueError):
            return False

    return up


def _at_once() -> bool:
    """The worker opens no port; that it runs is all that can be seen from outside."""
    return True


def _internal_token(settings: Settings) -> str:
    return settings.internal_token or secret(settings.state_dir, "internal_token")


def _database(root: Path, logs: Path, cluster: postgres.Cluster, environment: Mapping[str, str]) -> Role:
    def prepare() -> None:
        cluster.ensure_database()
        _migrate(root, environment)

    return Role(
        name="database",
        command=cluster.command(),
        cwd=Path("/"),
        log=logs / "database.log",
        environment={"PATH": os.defpath, "LC_ALL": "C"},
        account=cluster.account,
        up=cluster.ready,
        before=cluster.clear_leftover,
        first_up=prepare,
        ask=signal.SIGINT,  # PostgreSQL's fast shutdown: it does not wait for clients
        group=False,
        grace=30.0,
    )


def _migrate(root: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [str(environments.app(root).python), "-m", "storage", "migrate"],
        cwd=root,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Trouble(f"数据库结构升级失败：{(done.stderr or done.stdout).strip()[-400:]}")


def _dialogue(root: Path, logs: Path, settings: Settings, environment: Mapping[str, str]) -> Role:
    token = environment["HUICHUANG_INTERNAL_TOKEN"]
    return Role(
        name="dialogue",
        command=[str(environments.rasa(root).python), "-m", "bot.dialogue"],
        cwd=root,
        log=logs / "dialogue.log",
        environment={
            **environment,
            "HUICHUANG_ACTIONS_URL": f"http://127.0.0.1:{settings.port}/internal/actions/webhook?token={token}",
        },
        up=http(settings.rasa_host, settings.rasa_port, "/"),
    )
