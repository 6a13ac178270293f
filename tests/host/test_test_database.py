"""The tests' own server: shared by the processes of a run, gone with the last of them however it ends."""

import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psycopg

from tests import database

HOLD = (
    "import sys, time; from tests import database\n"
    "with database.shared_server(sys.argv[1]) as url: print(url, flush=True); time.sleep(60)\n"
)


def test_processes_of_a_run_share_one_server_and_leave_none() -> None:
    run = uuid.uuid4().hex
    directory = next(Path(tempfile.gettempdir()).glob(f"hctest-*-{run}"), None)
    assert directory is None
    users = [
        subprocess.Popen([sys.executable, "-c", HOLD, run], cwd=database.ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    urls = {user.stdout.readline().strip() for user in users if user.stdout}
    assert len(urls) == 1
    (url,) = urls
    (directory,) = Path(tempfile.gettempdir()).glob(f"hctest-*-{run}")
    for user in users:
        with user:
            psycopg.connect(url).close()  # the other one's end did not stop it
            user.kill()
    deadline = time.monotonic() + 60
    while directory.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_each_database_is_a_copy_of_its_own(postgres_url: str) -> None:
    template, first, second = (f"hctest_{uuid.uuid4().hex}" for _ in range(3))
    with psycopg.connect(database.create(postgres_url, template, template="template0")) as connection:
        connection.execute("CREATE TABLE t (x int)")
    for name in (first, second):
        with psycopg.connect(database.create(postgres_url, name, template=template)) as connection:
            connection.execute("INSERT INTO t VALUES (1)")
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (1,)
    for name in (first, second, template):
        database.drop(postgres_url, name)
