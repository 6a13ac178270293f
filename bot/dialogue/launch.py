"""How the dialogue process is started. Standard library only: imported by our program, under Python 3.11."""

import json
import os
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parent.parent.parent
CREDENTIALS = Path(__file__).resolve().parent / "credentials.yml"
LOOPBACK = "127.0.0.1"


class DialogueSettings(Protocol):
    """The part of core.settings that is needed."""

    @property
    def rasa_port(self) -> int: ...


def python() -> Path:
    """The interpreter of the dialogue environment."""
    return ROOT / ".venv-rasa" / "bin" / "python"


def command(settings: DialogueSettings, model_path: Path, endpoints_path: Path) -> list[str]:
    """The start command. Bound to loopback whatever the settings say: only the channel's token protects it."""
    return [
        str(python()),
        "-m",
        "bot.dialogue.serve",
        "--model",
        str(model_path),
        "--endpoints",
        str(endpoints_path),
        "--credentials",
        str(CREDENTIALS),
        "--interface",
        LOOPBACK,
        "--port",
        str(settings.rasa_port),
    ]


def model(models: Path) -> Path:
    """The model trained last; raises FileNotFoundError with a sentence."""
    found = sorted(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError(f"还没有训练好的对话模型（{models}），请先运行 script/train")
    return found[-1]


def environment(token: str) -> dict[str, str]:
    """The process's whole environment: its token, no telemetry, and nothing of ours that it has no business with."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR") if key in os.environ}
    return kept | {
        "DIALOGUE_TOKEN": token,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_WORKERS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # One turn is a few milliseconds of one core; thread pools only cost memory.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def write_endpoints(path: Path, action_url: str) -> None:
    """Write Rasa's endpoints file, readable by us alone: `action_url` carries a token. JSON is YAML."""
    endpoints = {
        "action_endpoint": {"url": action_url, "enable_selective_domain": True},
        "tracker_store": {"type": "bot.dialogue.tracker_store.BoundedTrackerStore"},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(path.name + ".new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(endpoints, file)
    scratch.replace(path)
