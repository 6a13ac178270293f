"""The two Python environments: `.venv` for the program, `.venv-rasa` for the dialogue server."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from host.console import Console
from host.pythons import find_dialogue, probe
from host.stamp import Stamp, digest

APP = "requirements/app.txt"
DEV = "requirements/dev.txt"
RASA = "requirements/rasa.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment. Its stamps lie inside, so that removing the folder is enough to start over."""

    root: Path
    name: str

    @property
    def path(self) -> Path:
        return self.root / self.name

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"

    @property
    def _building(self) -> Path:
        """Exists while packages are being installed: found at a start, the last build was interrupted."""
        return self.path / ".building"

    def complete(self, requirements: str) -> bool:
        """Whether exactly these requirements were installed to the end and the interpreter still runs."""
        wanted = digest(self.root, [requirements])
        return self._stamp(requirements).matches(wanted) and self._usable()

    def _stamp(self, requirements: str) -> Stamp:
        return Stamp(path=self.path / f".installed-{Path(requirements).stem}")

    def _usable(self) -> bool:
        return not self._building.exists() and probe(str(self.python)) is not None

    def create(self, console: Console, base: Path, *, pip: bool) -> None:
        """Make the environment anew from `base`, unless it is usable as it is."""
        if self._usable():
            return
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir()
        self._building.touch()
        options = [] if pip else ["--without-pip"]
        console.run([str(base), "-m", "venv", *options, str(self.path)], cwd=self.root)

    def install(self, console: Console, pip: list[str], requirements: str) -> None:
        """Install exact versions; a file that was complete before is brought up to date in place."""
        self._stamp(requirements).clear()
        self._building.touch()
        quiet = ["--quiet", "--no-input", "--progress-bar", "off", "--disable-pip-version-check"]
        console.run([*pip, "install", *quiet, "--requirement", requirements], cwd=self.root, tries=2)
        self._stamp(requirements).write(digest(self.root, [requirements]))
        self._building.unlink()


def app(root: Path) -> Environment:
    """Our own program's environment."""
    return Environment(root=root, name=".venv")


def rasa(root: Path) -> Environment:
    """The dialogue server's environment."""
    return Environment(root=root, name=".venv-rasa")


def ensure_app(root: Path, console: Console, *, tests: bool) -> None:
    """`.venv` with the exact packages; `tests` adds the tools. Raises Trouble."""
    if os.geteuid() == 0:  # the database server then runs as another account and must be able to read its programs
        os.umask(0o022)
    environment = app(root)
    for requirements in [APP, DEV] if tests else [APP]:
        if environment.complete(requirements):
            continue
        with console.step(f"安装 Python 软件包（{environment.name}，{requirements}）"):
            environment.create(console, Path(sys.executable), pip=True)
            environment.install(console, app_pip(root), requirements)


def ensure_rasa(root: Path, console: Console) -> None:
    """`.venv-rasa` with the exact packages. Raises Trouble."""
    environment = rasa(root)
    if environment.complete(RASA):
        return
    with console.step("寻找 Python 3.10（对话服务 Rasa 需要）"):
        base = find_dialogue(root, console, pip=app_pip(root))
    with console.step(f"安装 Python 软件包（{environment.name}，{RASA}）"):
        environment.create(console, base, pip=False)
        environment.install(console, [*app_pip(root), "--python", str(environment.python)], RASA)


def app_pip(root: Path) -> list[str]:
    """pip of `.venv`; with `--python` it serves the other environment too, which then needs none of its own."""
    return [str(app(root).python), "-m", "pip"]
