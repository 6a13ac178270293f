"""Questions that found no answer: counted beside the turn, masked, grouped, and closed by an editor."""

import pytest

from core.clock import ManualClock
from core.errors import NotFound
from knowledge.editing.unanswered import LINE, Recorder, Unanswered
from storage.database import Database
from tests.knowledge.editing.people import THIRD

NEAREST = [("card", "社保卡丢了怎么办？", 0.31)]


@pytest.fixture
def recorder(database: Database, clock: ManualClock) -> Recorder:
    return Recorder(database=database, clock=clock)


async def test_equal_questions_are_one_row_with_the_nearest_entries(database: Database, recorder: Recorder) -> None:
    for question in ("请问飞船怎么年检？", "飞船怎么年检", "飞船 怎么年检呢"):
        recorder.note(question, "330100", NEAREST)
    recorder.note("潜艇怎么上牌", "330100", [])
    assert await recorder.write() == 4
    page = await Unanswered(database).page(1, 20)
    assert [(item["count"], item["region"]) for item in page["items"]][:1] == [(3, "330100")]
    assert page["items"][0]["nearest"] == [{"entry_id": "card", "question": "社保卡丢了怎么办？", "score": 0.31}]
    assert await Unanswered(database).near("card", 5) == ["请问飞船怎么年检？"]


async def test_personal_numbers_never_reach_the_table(database: Database, recorder: Recorder) -> None:
    recorder.note("我的号⟦身份证号·abcdefghijklmnop⟧能办飞船证吗", "330100", [])
    await recorder.write()
    (item,) = (await Unanswered(database).page(1, 20))["items"]
    assert "⟦" not in item["question"] and "abcdefghijklmnop" not in item["question"]


async def test_a_closed_question_opens_again_when_it_is_asked_again(
    database: Database, recorder: Recorder, clock: ManualClock
) -> None:
    questions = Unanswered(database)
    recorder.note("飞船怎么年检", "330100", [])
    await recorder.write()
    (item,) = (await questions.page(1, 20))["items"]
    await questions.close(item["id"], THIRD, entry_id="", note="不归我们管", now=clock.now())
    assert (await questions.page(1, 20))["total"] == 0
    with pytest.raises(NotFound):
        await questions.close(item["id"], THIRD, entry_id="", note="再来", now=clock.now())
    recorder.note("飞船怎么年检", "330100", [])
    await recorder.write()
    assert (await questions.page(1, 20))["items"][0]["count"] == 2


async def test_a_full_line_loses_questions_and_no_time(database: Database, recorder: Recorder) -> None:
    for number in range(LINE + 10):
        recorder.note(f"第{number}种飞船怎么年检", "", [])
    assert await recorder.write() == LINE
