"""Answer, ask back, refuse; lean on the last topic; offer a person at the second miss."""

from datetime import UTC, datetime

import pytest

from bot.consult import Consult, Context
from bot.replies import Replies
from core.clock import ManualClock
from core.errors import Retryable
from core.message import Kind
from tests.fakes.knowledge import FakeKnowledge


@pytest.fixture
def knowledge():
    return FakeKnowledge()


@pytest.fixture
def consult(knowledge):
    return Consult(knowledge=knowledge, replies=Replies.load(), clock=ManualClock(datetime(2026, 11, 22, tzinfo=UTC)))


def test_a_known_question_is_answered(consult):
    said = consult.ask("医保断了会怎样", Context())
    assert (said.entry, said.miss) == ("medical-gap", False)
    assert said.reply.sources[0].basis[0].article == "第二十七条"


def test_several_readings_are_offered(consult):
    said = consult.ask("养老", Context())
    assert said.options == ("pension-gap", "pension-years")
    assert said.reply.kind is Kind.OPTIONS
    assert [option.value for option in said.reply.options] == ["养老保险断缴了怎么办？", "养老保险要缴多少年？"]


def test_what_is_not_known_is_admitted_with_a_way_to_a_person(consult):
    said = consult.ask("火星上怎么落户" * 20, Context())
    assert said.miss
    assert "转人工" in [option.value for option in said.reply.options]
    assert len(said.reply.text) < 120


def test_the_second_miss_in_a_row_offers_a_person_and_a_call_back(consult):
    said = consult.ask("火星上怎么落户", Context(misses=1))
    values = [option.value for option in said.reply.options]
    assert values[-2:] == ["转人工", "我要留言"]
    assert len(said.options) == 3


def test_who_would_know_is_named(consult):
    said = consult.ask("罚单怎么交", Context(misses=1))
    assert said.miss
    assert "公安交管部门（12123）" in said.reply.text


def test_a_follow_up_leans_on_the_last_topic(consult, knowledge):
    said = consult.follow_up("那断缴了呢", Context(last_entry="pension-years"))
    assert "养老保险断缴了" in knowledge.asked
    assert said.entry == "pension-gap"


def test_a_follow_up_that_names_its_own_topic_does_not(consult, knowledge):
    said = consult.follow_up("那养老的断了呢", Context(last_entry="medical-gap"))
    assert knowledge.asked == ["那养老的断了呢"]
    assert said.entry == "pension-gap"


def test_a_follow_up_without_a_topic_asks_for_one(consult):
    assert consult.follow_up("那断缴了呢", Context()).miss
    assert consult.follow_up("那断缴了呢", Context(last_entry="gone")).miss


def test_offered_entries_that_are_gone_are_left_out(consult):
    context = Context(last_options=("gone", "medical-gap"))
    assert [entry.id for entry in consult.offered(context)] == ["medical-gap"]


def test_a_knowledge_base_that_is_down_is_said_so(consult, knowledge):
    knowledge.down = True
    with pytest.raises(Retryable):
        consult.ask("医保断了会怎样", Context())


def test_what_is_not_known_is_told_to_the_editors_and_what_is_elsewhere_is_not(knowledge):
    missed = []
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    consult = Consult(
        knowledge=knowledge, replies=Replies.load(), clock=clock, missed=lambda *told: missed.append(told)
    )
    for question in ("火星上怎么落户", "罚单怎么交", "医保断了会怎样", "居住证怎么办"):
        consult.ask(question, Context())
    assert [question for question, _ in missed] == ["火星上怎么落户"]


def test_another_day_than_today_is_said_first(consult, knowledge):
    said = consult.ask("我2029年退休，养老要交多少年", Context())
    assert said.reply.text.startswith("按目前已经公布的规定，2029年初适用的和现在一样：\n")
    assert "2029" not in knowledge.asked[0]
