"""The set-up steps: skipped when done, redone when interrupted, failures named in a sentence."""

import io
import os
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from host import constraints, pythons, serve, settings
from host.console import Console
from host.environments import Environment
from host.stamp import Stamp, digest
from host.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(tmp_path: Path, screen: io.StringIO) -> Console:
    return Console(tmp_path / "logs" / "setup.log", stream=screen)


def fake(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_stamp_matches_only_the_inputs_it_was_written_for(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.yml").write_text("one")
    stamp = Stamp(path=tmp_path / "stamps" / "model")
    first = digest(tmp_path, ["data", "missing"], "extra")
    assert not stamp.matches(first)
    stamp.write(first)
    assert stamp.matches(digest(tmp_path, ["data"], "extra"))
    (tmp_path / "data" / "node_modules").mkdir()
    (tmp_path / "data" / "node_modules" / "x").write_text("a build does not count")
    assert stamp.matches(digest(tmp_path, ["data"], "extra"))
    (tmp_path / "data" / "a.yml").rename(tmp_path / "data" / "b.yml")
    assert not stamp.matches(digest(tmp_path, ["data"], "extra"))
    stamp.clear()
    assert not stamp.matches(first)


def test_a_failing_program_is_named_with_its_last_words(console: Console, screen: io.StringIO, tmp_path: Path) -> None:
    code = "import sys; print('ERROR: no such package: x', file=sys.stderr); sys.exit(2)"
    with (
        pytest.raises(Trouble, match=r"安装软件包失败（退出码 2）：ERROR: no such package: x"),
        console.step("安装软件包"),
    ):
        console.run([sys.executable, "-c", code], cwd=tmp_path, tries=2)
    assert "再试一次" in screen.getvalue()
    assert "✗ 安装软件包" in screen.getvalue()
    assert console.log.read_text().count("ERROR") == 4  # twice in the command, twice said


def test_a_second_try_may_succeed(console: Console, screen: io.StringIO, tmp_path: Path) -> None:
    code = "import pathlib, sys; p = pathlib.Path('x'); seen = p.exists(); p.touch(); sys.exit(not seen)"
    with console.step("下载"):
        console.run([sys.executable, "-c", code], cwd=tmp_path, tries=2)
    assert "✓ 下载" in screen.getvalue()


def test_an_interrupted_environment_is_built_again(console: Console, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("")
    environment = Environment(root=tmp_path, name="env")
    environment.create(console, Path(sys.executable), pip=False)
    assert not environment.complete("r.txt")
    half = environment.path / "half-installed"
    half.touch()
    environment.create(console, Path(sys.executable), pip=False)
    assert not half.exists()
    environment.install(console, [sys.executable, "-m", "pip", "--python", str(environment.python)], "r.txt")
    assert environment.complete("r.txt")
    half.touch()
    environment.create(console, Path(sys.executable), pip=False)
    assert half.exists()  # complete: left as it is
    (tmp_path / "r.txt").write_text("# changed\n")
    assert not environment.complete("r.txt")


def test_an_environment_whose_interpreter_is_gone_is_not_complete(console: Console, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("")
    environment = Environment(root=tmp_path, name="env")
    environment.create(console, Path(sys.executable), pip=False)
    environment.install(console, [sys.executable, "-m", "pip", "--python", str(environment.python)], "r.txt")
    environment.python.unlink()
    assert not environment.complete("r.txt")


def test_a_shim_that_answers_command_not_found_is_no_python(tmp_path: Path) -> None:
    shim = fake(tmp_path / "python3.10", "#!/bin/sh\necho 'pyenv: python3.10: command not found' >&2\nexit 127\n")
    assert pythons.probe(str(shim)) is None
    assert pythons.probe(str(tmp_path / "nothing")) is None
    found = pythons.probe(sys.executable)
    assert found is not None
    assert found[0] == sys.version_info[:2]


def test_pyenv_versions_are_tried_newest_first_behind_a_broken_shim(
    tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = 'echo "[[3, 10], \\"$0\\"]"'
    fake(tmp_path / "shims" / "python3.10", "#!/bin/sh\nexit 127\n")
    fake(tmp_path / "pyenv/versions/3.10.9/bin/python3.10", f"#!/bin/sh\n{answer}\n")
    newest = fake(tmp_path / "pyenv/versions/3.10.13/bin/python3.10", f"#!/bin/sh\n{answer}\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert pythons.find_dialogue(tmp_path, console, pip=["false"]) == newest


def test_no_python_for_the_dialogue_is_a_sentence(
    tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    with pytest.raises(Trouble, match=r"请安装它（例如 pyenv install 3\.10）"), console.step("寻找 Python 3.10"):
        pythons.find_dialogue(tmp_path, console, pip=["/bin/false"])


def test_versions_are_cleaned_so_that_they_install_anywhere() -> None:
    listed = ["pip==26.3", "torch==2.13.0+cpu", "b==1", "A==2", "local @ file:///x"]
    assert constraints.clean(listed) == ["A==2", "b==1", "torch==2.13.0"]


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = settings.secret(tmp_path, "data_key")
    assert len(bytes.fromhex(first)) == 32
    assert settings.secret(tmp_path, "data_key") == first
    assert settings.secret(tmp_path, "internal_token") != first
    assert stat.S_IMODE((tmp_path / "secrets" / "data_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_a_wrong_setting_stops_the_start_with_the_programs_own_sentence() -> None:
    environment = {**os.environ, "HUICHUANG_PORT": "eighty"}
    with pytest.raises(Trouble, match=r"设置有误：port.*docs/settings\.md"):
        settings.read(ROOT, environment)
    assert settings.read(ROOT, {**os.environ, "HUICHUANG_PORT": "8123"}).port == 8123


def test_a_second_server_on_the_same_state_refuses_and_a_stale_lock_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "lock").write_text("99999\n")
    hold = "import sys; from host.serve import _own; from pathlib import Path\nwith _own(Path(sys.argv[1])): input()"
    with (
        serve._own(tmp_path),
        subprocess.Popen(
            [sys.executable, "-c", hold, str(tmp_path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as second,
    ):
        _, error = second.communicate("\n")
        assert second.returncode == 1
        assert f"已有一个正在运行的 script/serve（进程 {os.getpid()}）" in error
    with serve._own(tmp_path):
        pass


def test_a_taken_public_port_is_a_sentence_and_a_taken_internal_one_is_replaced() -> None:
    given = settings.read(ROOT, dict(os.environ))
    with socket.socket() as taken, socket.socket() as free:
        for each in (taken, free):
            each.bind(("127.0.0.1", 0))
        taken.listen()
        number, open_port = taken.getsockname()[1], free.getsockname()[1]
        free.close()
        with pytest.raises(Trouble, match=f"端口 {number} 已被其他程序占用"):
            serve._with_free_ports(replace(given, host="127.0.0.1", port=number))
        moved = serve._with_free_ports(replace(given, host="127.0.0.1", port=open_port, rasa_port=number))
    assert moved.rasa_port not in {0, number}
