"""A child leads its group, ends with its parent, and is stopped with all it has started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from host import child

ROOT = Path(__file__).resolve().parents[2]
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def wait_until(met: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_output_is_appended_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    process = child.spawn([sys.executable, "-c", "print('said')"], cwd=tmp_path, output=log)
    assert process.wait() == 0
    assert log.read_text() == "before\nsaid\n"


def test_stop_ends_the_whole_group(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"
    process = child.spawn([sys.executable, "-c", code], cwd=tmp_path, output=log)
    wait_until(lambda: log.read_text().endswith("\n"))
    grandchild = int(log.read_text())
    assert child.stop(process) == -signal.SIGTERM
    wait_until(lambda: not child.alive(grandchild))


def test_stop_insists_when_asking_does_not_help(tmp_path: Path) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"
    process = child.spawn([sys.executable, "-c", code], cwd=tmp_path, output=log)
    wait_until(lambda: "deaf" in log.read_text())
    assert child.stop(process, grace=0.1) == -signal.SIGKILL


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from host import child\n"
        "print(child.spawn(sys.argv[1:], cwd=Path('.')).pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, *SLEEP]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert child.alive(pid)
        parent.kill()
    wait_until(lambda: not child.alive(pid))


def test_a_number_with_another_birth_is_another_process() -> None:
    assert child.born(os.getpid()) is not None
    with subprocess.Popen([sys.executable, "-c", ""]) as other:
        pid = other.pid
    assert child.born(pid) is None
    assert not child.alive(pid)
    assert child.stop_pid(pid, ask=signal.SIGTERM, grace=1.0)
