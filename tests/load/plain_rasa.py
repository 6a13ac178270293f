"""The peer of the chat benchmarks: a plain Rasa 3.6.21 project made from the same knowledge entries.

Built as Rasa's own documentation says for a frequently-asked-questions assistant in Chinese: JiebaTokenizer, the
recommended featurizers, DIETClassifier, ResponseSelector, FallbackClassifier, RulePolicy with one rule. Nothing is
slowed down: no telemetry, in-memory tracker store, one process, loopback.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import STDOUT, run

import yaml

from host.roles import http
from host.supervisor import Role
from knowledge.entry import Entry

EPOCHS = 100
"""What the documentation recommends for both networks."""
FALLBACK = "抱歉，我没有听懂，请换个说法。"
SMALL_TALK: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "greet": ("您好，请问有什么可以帮您？", ("你好", "您好", "哈喽", "在吗", "早上好", "下午好", "喂", "嗨")),
    "thank": ("不客气。", ("谢谢", "谢谢你", "多谢了", "好的谢谢", "非常感谢", "谢了", "感谢", "麻烦你了")),
    "goodbye": ("再见。", ("再见", "拜拜", "没事了", "先这样吧", "我走了", "不问了", "回见", "88")),
    "bot_challenge": ("我是智能助手。", ("你是谁", "你是机器人吗", "你叫什么", "你是真人吗", "你是人工吗", "你是什么")),
}
CONFIG = """
recipe: default.v1
assistant_id: plain
language: zh
pipeline:
  - name: JiebaTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: EPOCHS
    constrain_similarities: true
  - name: EntitySynonymMapper
  - name: ResponseSelector
    retrieval_intent: faq
    epochs: EPOCHS
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1
policies:
  - name: RulePolicy
"""
ENDPOINTS = "tracker_store:\n  type: InMemory\n"
CREDENTIALS = "rest:\n"
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model and what it cost."""

    model: Path
    seconds: float
    """Training time, of the run that made the model."""
    cached: bool
    """True when an earlier run made it."""


def project(entries: Iterable[Entry], *, epochs: int = EPOCHS) -> dict[str, str]:
    """File name -> content of the whole project; fewer epochs answer worse and exactly as fast."""
    stock = tuple(entries)
    nlu = [_examples(f"faq/{entry.id}", entry.questions) for entry in stock]
    nlu += [_examples(intent, examples) for intent, (_, examples) in SMALL_TALK.items()]
    responses = {f"utter_faq/{entry.id}": [{"text": entry.answer.strip()}] for entry in stock}
    responses |= {f"utter_{intent}": [{"text": text}] for intent, (text, _) in SMALL_TALK.items()}
    responses["utter_fallback"] = [{"text": FALLBACK}]
    answers = {"faq": "utter_faq", "nlu_fallback": "utter_fallback"} | {name: f"utter_{name}" for name in SMALL_TALK}
    rules = [
        {"rule": f"answer {intent}", "steps": [{"intent": intent}, {"action": action}]}
        for intent, action in answers.items()
    ]
    domain = {
        "version": "3.1",
        "intents": ["faq", *SMALL_TALK],
        "actions": ["utter_faq"],
        "responses": responses,
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
    }
    return {
        "config.yml": CONFIG.replace("EPOCHS", str(epochs)),
        "domain.yml": _yaml(domain),
        "data/nlu.yml": _yaml({"version": "3.1", "nlu": nlu}),
        "data/rules.yml": _yaml({"version": "3.1", "rules": rules}),
        "endpoints.yml": ENDPOINTS,
        "credentials.yml": CREDENTIALS,
    }


def write(folder: Path, files: Mapping[str, str]) -> None:
    """The project as files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def train(root: Path, cache: Path, files: Mapping[str, str]) -> Trained:
    """Train the project, or take the model that the same files gave before.

    It is trained in `cache` itself: a training that was interrupted goes on from what Rasa had finished. Watch
    `cache`/plain-*.log meanwhile. Raises RuntimeError with Rasa's last words.
    """
    name = f"plain-{_digest(files)}"
    model, told, folder, log = cache / f"{name}.tar.gz", cache / f"{name}.seconds", cache / name, cache / f"{name}.log"
    if model.exists():
        return Trained(model=model, seconds=float(told.read_text("ascii")), cached=True)
    write(folder, files)
    begin = time.monotonic()
    command = [str(python(root)), "-m", "rasa", "train", "--out", str(folder), "--fixed-model-name", "new"]
    with log.open("ab") as stream:
        done = run(command, cwd=folder, env=environment(), stdout=stream, stderr=STDOUT, check=False)
    if done.returncode != 0 or not (folder / "new.tar.gz").exists():
        raise RuntimeError(f"rasa train failed: {log.read_text('utf-8', errors='replace')[-2000:]}")
    seconds = time.monotonic() - begin
    told.write_text(f"{seconds:.1f}\n", encoding="ascii")
    (folder / "new.tar.gz").replace(model)
    shutil.rmtree(folder)
    return Trained(model=model, seconds=seconds, cached=False)


def role(root: Path, folder: Path, model: Path, port: int) -> Role:
    """`rasa run` as its user starts it."""
    command = [str(python(root)), "-m", "rasa", "run", "--model", str(model), "--port", str(port)]
    command += ["--interface", "127.0.0.1", "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    return Role(
        name="rasa",
        command=command,
        cwd=folder,
        log=folder / "rasa.log",
        environment=environment(),
        up=http("127.0.0.1", port, "/"),
        patience=300.0,
    )


def python(root: Path) -> Path:
    """The interpreter that has Rasa 3.6.21."""
    return root / ".venv-rasa" / "bin" / "python"


def environment() -> dict[str, str]:
    """Nothing of ours; quiet."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    return kept | quiet | {"SQLALCHEMY_SILENCE_UBER_WARNING": "1", "PYTHONUTF8": "1"}


def _digest(files: Mapping[str, str]) -> str:
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name}\0{files[name]}\0".encode())
    return total.hexdigest()[:16]


def _examples(intent: str, examples: Iterable[str]) -> dict[str, str]:
    """Brackets mark entities in Rasa's training data, so that plain ones are replaced by full-width ones."""
    full = str.maketrans("[](){}", "【】（）【】")
    lines = [re.sub(r"\s+", " ", text).strip().translate(full) for text in examples]
    return {"intent": intent, "examples": "".join(f"- {line}\n" for line in lines)}


def _yaml(data: object) -> str:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000)
