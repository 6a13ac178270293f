"""A PostgreSQL for one test run.

`python -m tests.database DIR` runs the embedded server in DIR until nobody holds a shared lock on DIR/users.lock, then
removes DIR. The kernel drops the lock of a test process however it ends, so no server outlives its tests.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from host import child
from host.postgres import OWNER, embedded

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "max_connections": "200"}
"""A test run's data need not survive the machine. `synchronous_commit` stays on: what is committed is in the kernel's
hands and survives a kill -9 of the server, which the fault tests rely on."""
START_SECONDS = 60.0
TEMPLATE_LOCK = 0x48_43_54
"""Advisory lock: the processes of a run make the template once."""


@contextmanager
def locked(path: Path, mode: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a file lock."""
    with path.open("a") as file:
        fcntl.flock(file, mode)
        yield


@contextmanager
def shared_server(run: str) -> Iterator[str]:
    """The address (as owner) of the one server that all processes of the test run `run` share."""
    directory = Path(tempfile.gettempdir()) / f"hctest-{os.geteuid()}-{run}"
    with _user_of(directory):
        with locked(directory / "start.lock"):
            if not (directory / "url").exists():
                _start_keeper(directory)
        yield (directory / "url").read_text(encoding="utf-8")


@contextmanager
def _user_of(directory: Path) -> Iterator[None]:
    """Be counted as a user; starts again when the keeper of an earlier user removed the directory meanwhile."""
    while True:
        directory.mkdir(mode=0o755, exist_ok=True)
        path = directory / "users.lock"
        try:
            with path.open("a") as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                    yield
                    return
        except FileNotFoundError:
            continue


def _start_keeper(directory: Path) -> None:
    with (directory / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.database", str(directory)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not (directory / "url").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            log_text = (directory / "keeper.log").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"the test database did not start: {log_text[-2000:]}")
        time.sleep(0.05)
    # The keeper outlives this process on purpose; without this, Popen would warn about it when collected.
    keeper.returncode = 0


def keep(directory: Path) -> None:
    """Run the server until the last user is gone, then leave nothing behind."""
    cluster = embedded(ROOT, directory / "pg", settings=SETTINGS)
    cluster.initialise()
    log = directory / "server.log"
    server = child.spawn(cluster.command(), cwd=directory, output=log, account=cluster.account, death=signal.SIGINT)
    while not cluster.ready():
        if server.poll() is not None:
            raise SystemExit(log.read_text(encoding="utf-8"))
        time.sleep(0.02)
    (directory / "url.new").write_text(cluster.url(OWNER, role=OWNER), encoding="utf-8")
    (directory / "url.new").rename(directory / "url")
    with locked(directory / "users.lock"):
        child.stop(server, ask=signal.SIGQUIT, grace=5.0, group=False)  # at once: the data is thrown away
        shutil.rmtree(directory)


def address(server: str, database: str) -> str:
    """The same server, another database."""
    return urlsplit(server)._replace(scheme="postgresql", path=f"/{database}").geturl()


def _execute(server: str, statement: sql.Composed) -> None:
    with psycopg.connect(address(server, urlsplit(server).path[1:] or OWNER), autocommit=True) as connection:
        connection.execute(statement)


def create(server: str, database: str, *, template: str) -> str:
    """A new database copied from `template`; returns its address."""
    statement = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
    _execute(server, sql.SQL(statement).format(sql.Identifier(database), sql.Identifier(template)))
    return address(server, database)


def drop(server: str, database: str) -> None:
    """Remove a database, whoever is still connected."""
    _execute(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def ensure_template(server: str) -> str:
    """The name of a database with the present schema and no rows, migrated at most once per server and schema."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "storage").rglob("*")):
        if path.suffix in {".py", ".sql", ".mako"}:
            digest.update(path.read_bytes())
    name = f"hctest_template_{digest.hexdigest()[:12]}"
    with psycopg.connect(address(server, urlsplit(server).path[1:] or OWNER), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (TEMPLATE_LOCK,))  # until this connection closes
        if not _exists(server, name):
            drop(server, f"{name}_new")
            _migrate(create(server, f"{name}_new", template="template0"))
            names = map(sql.Identifier, (f"{name}_new", name))
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))
    return name


def _exists(server: str, database: str) -> bool:
    with psycopg.connect(address(server, urlsplit(server).path[1:] or OWNER)) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone()
    return found is not None


def _migrate(url: str) -> None:
    command = [sys.executable, "-m", "storage", "migrate", "--url", url]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"storage migrate failed: {(done.stderr or done.stdout)[-2000:]}")


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
