"""The report on the intents counts rightly."""

import csv

from bot.nlu_report import Judged, Report, read, write


def judged(text, meant, understood, *, seen=False):
    return Judged(text=text, meant=meant, understood=understood, confidence=0.5, fallback=False, seen=seen)


REPORT = Report(
    judged=(
        judged("谢谢", "thanks", "thanks", seen=True),
        judged("多谢啦", "thanks", "thanks"),
        judged("拜", "goodbye", "thanks"),
    ),
    milliseconds=1.0,
)


def test_sentences_seen_in_training_do_not_count():
    assert REPORT.accuracy == 2 / 3
    assert REPORT.unseen_accuracy == 0.5
    assert REPORT.recall() == {"goodbye": (0, 1), "thanks": (2, 2)}


def test_the_confusion_is_written(tmp_path):
    write(REPORT, tmp_path)
    with (tmp_path / "confusion.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[1:] == [["goodbye", "0", "1"], ["thanks", "0", "2"]]
    assert "拜: goodbye -> thanks" in (tmp_path / "errors.md").read_text(encoding="utf-8")


def test_rasa_files_are_read(tmp_path):
    path = tmp_path / "a.yml"
    path.write_text(
        "nlu:\n- intent: thanks\n  examples: |\n    - 谢谢\n    - 多谢\n- lookup: x\n  examples: |\n    - a\n", "utf-8"
    )
    assert read([path]) == [("谢谢", "thanks"), ("多谢", "thanks")]
