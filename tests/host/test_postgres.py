"""The embedded PostgreSQL: initialised once, survives left-overs, private."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from host import child, postgres
from host.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cluster() -> Iterator[postgres.Cluster]:
    # Not tmp_path: as root the server runs under its own account, which must pass the directories above.
    home = Path(tempfile.mkdtemp(prefix="hcpg-"))
    made = postgres.embedded(ROOT, home / "pg", settings={"fsync": "off"})
    made.initialise()
    yield made
    made.clear_leftover()
    shutil.rmtree(home)


def start(cluster: postgres.Cluster) -> subprocess.Popen[bytes]:
    log = cluster.data.parent / "log"
    server = child.spawn(
        cluster.command(), cwd=cluster.data.parent, output=log, account=cluster.account, death=signal.SIGINT
    )
    deadline = time.monotonic() + 60
    while not cluster.ready():
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    return server


def test_application_role_owns_its_database_and_is_no_superuser(cluster: postgres.Cluster) -> None:
    server = start(cluster)
    cluster.ensure_database()
    cluster.ensure_database()
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE TABLE t (x text)")
        row = connection.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False, False)
    assert child.stop(server, ask=signal.SIGINT, group=False) == 0
    assert not cluster.ready()


def test_sockets_are_private_and_nothing_listens_on_the_network(cluster: postgres.Cluster) -> None:
    server = start(cluster)
    assert cluster.sockets.stat().st_mode & 0o077 == 0
    assert cluster.sql("SHOW listen_addresses") == ""
    assert cluster.sql("SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'peer'") == "0"
    child.stop(server, ask=signal.SIGINT, group=False)


def test_server_left_by_a_killed_supervisor_is_stopped(cluster: postgres.Cluster) -> None:
    server = start(cluster)
    cluster.clear_leftover()
    assert server.wait(10) == 0
    again = start(cluster)
    assert child.stop(again, ask=signal.SIGINT, group=False) == 0


def test_pid_file_of_another_living_process_does_not_block_the_start(cluster: postgres.Cluster) -> None:
    server = start(cluster)
    server.kill()
    server.wait()
    record = cluster.data / "postmaster.pid"
    lines = record.read_text().splitlines()
    record.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    cluster.clear_leftover()
    again = start(cluster)
    assert child.stop(again, ask=signal.SIGINT, group=False) == 0


def test_interrupted_initialisation_is_redone(cluster: postgres.Cluster) -> None:
    shutil.rmtree(cluster.data)
    half = cluster.data.with_name("pg.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    cluster.initialise()
    assert (cluster.data / "global" / "pg_control").exists()
    assert not half.exists()


def test_data_of_another_version_is_refused_with_a_sentence(cluster: postgres.Cluster) -> None:
    (cluster.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(Trouble, match="PostgreSQL 16"):
        cluster.initialise()
    (cluster.data / "PG_VERSION").write_text("18\n")


def test_long_paths_get_a_short_socket_directory() -> None:
    assert postgres.socket_directory(Path("/srv/huichuang/var/pg")) == Path("/srv/huichuang/var/pg.sock")
    deep = Path("/srv") / ("x" * 120) / "pg"
    short = postgres.socket_directory(deep)
    assert len(os.fsencode(short)) <= postgres.SOCKET_LIMIT
    assert short == postgres.socket_directory(deep)


def test_server_ends_with_a_parent_that_is_killed(cluster: postgres.Cluster) -> None:
    starter = (
        "import sys, time; from pathlib import Path; from host import child, postgres\n"
        "c = postgres.embedded(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "import signal; p = child.spawn(c.command(), cwd=c.data.parent, account=c.account, death=signal.SIGINT)\n"
        "while not c.ready(): time.sleep(0.02)\n"
        "print(p.pid, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter, str(ROOT), str(cluster.data)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 30
    while child.alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
