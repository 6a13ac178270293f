"""Rules about the repository itself that a person would otherwise have to remember."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_MODULE = 500
LARGEST_FILE = 3_000_000
LARGEST_MODEL = 12_000_000
MODELS = {ROOT / "knowledge" / "model" / "model.safetensors"}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
TEXT = {".py", ".sh", ".md", ".yml", ".yaml", ".toml", ".txt", ".in", ".ts", ".vue", ".json", ".sql", ".html", ""}
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:work|home/\w+|Users/\w+|root|opt/(?:pypi|wheels))(?:/|\b)")
SCRIPTS = ("serve", "setup", "test", "check", "constraints", "bench", "train", "train-encoder", "nlu-report")


def tracked() -> Iterator[Path]:
    """Files that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            yield ROOT / name


def python_files() -> Iterator[Path]:
    return (path for path in tracked() if path.suffix == ".py")


def test_modules_stay_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_modules_are_named_for_what_they_are() -> None:
    names = {path: {path.stem, path.parent.name} for path in python_files()}
    assert [str(path.relative_to(ROOT)) for path, words in names.items() if words & NAMELESS] == []


def test_no_file_is_large() -> None:
    sizes = {path: path.stat().st_size for path in tracked()}
    limits = {path: LARGEST_MODEL if path in MODELS else LARGEST_FILE for path in sizes}
    assert [str(path.relative_to(ROOT)) for path, size in sizes.items() if size > limits[path]] == []


def test_no_path_of_one_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix in TEXT and path.name != "package-lock.json" and path != Path(__file__).resolve():
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if MACHINE_PATH.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_this_is_an_application_and_never_a_wheel() -> None:
    """Its rooms have plain names (core, bot, desk): installed into somebody's environment they would collide."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        configured = tomllib.load(file)
    assert "project" not in configured
    assert "build-system" not in configured
    assert not (ROOT / "setup.py").exists()
    assert not (ROOT / "setup.cfg").exists()


def test_torch_is_pinned_to_the_version_with_a_plain_cpu_build() -> None:
    lines = (ROOT / "requirements" / "app.txt").read_text(encoding="utf-8").splitlines()
    assert "torch==2.13.0" in lines


@pytest.mark.parametrize("name", ["app", "dev", "rasa"])
def test_requirements_are_exact_and_install_anywhere(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    wrong = [line for line in lines if not line.startswith("#") and not re.fullmatch(r"[\w.-]+==[0-9][\w.]*", line)]
    assert wrong == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_explains_itself(name: str) -> None:
    done = subprocess.run(
        [ROOT / "script" / name, "--help"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert name in done.stdout


def test_every_script_is_listed_here() -> None:
    assert {path.name for path in (ROOT / "script").iterdir() if path.is_file()} == set(SCRIPTS)


def test_every_folder_of_tests_is_a_package() -> None:
    """Without it, two test files of one name in different rooms hide each other."""
    folders = {path.parent for path in python_files() if path.is_relative_to(ROOT / "tests")}
    assert [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_continuous_integration_only_calls_the_tests() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set "))]
    assert commands == ['exec "$(dirname "${BASH_SOURCE[0]}")/../script/test"']
