"""The calculator form, one action at a time."""

from datetime import UTC, datetime

import pytest

from bot.actions.calculator import DONE, GIVEN, NAME, CalculatorForm
from bot.actions.scene import Scene
from bot.calculating import Calculating
from bot.consult import Context
from bot.replies import Replies
from bot.said import Calculation
from core.clock import ManualClock
from core.message import Kind


@pytest.fixture
def calculating():
    return Calculating(replies=Replies.load(), clock=ManualClock(datetime(2026, 11, 22, tzinfo=UTC)))


@pytest.fixture
def form(calculating):
    return CalculatorForm(calculating=calculating, replies=Replies.load())


def scene(text, intent="", requested=DONE, name="", **given):
    slots = {"requested_slot": requested, NAME: name or None, GIVEN: given or None}
    return Scene(text=text, intent=intent, slots=slots, region="330100")


def test_it_begins_with_what_was_said(form):
    slots = form.validate(scene("帮我算算退休时间，我是女的", requested="")).slots
    assert slots == {NAME: "retirement", GIVEN: {"sex": "女"}, DONE: None}


def test_it_asks_for_one_thing_at_a_time(form):
    def asks(**given):
        return form.ask(scene("", name="retirement", **given)).said[0].reply

    assert "哪年哪月" in asks().text
    assert "1970年几月" in asks(birth="1970").text
    assert [option.value for option in asks(birth="1970-05").options] == ["男", "女"]
    assert "岗位" in asks(birth="1970-05", sex="女").text


def test_which_one_is_asked_when_nothing_is_named(form):
    assert form.validate(scene("帮我算一下", requested="")).slots == {NAME: None, GIVEN: None}
    asked = form.ask(scene("")).said[0].reply
    assert asked.kind is Kind.OPTIONS
    for option in asked.options:
        assert form.validate(scene(option.value)).slots[NAME], option.value


@pytest.mark.parametrize(
    ("text", "intent", "given", "after"),
    [
        ("1970年5月", "consult", {}, {"birth": "1970-05"}),
        ("1970年", "consult", {}, {"birth": "1970"}),
        ("5月", "consult", {"birth": "1970"}, {"birth": "1970-05"}),
        ("女的", "affirm", {"birth": "1970-05"}, {"birth": "1970-05", "sex": "女"}),
        ("不对，是1971年", "correct", {"birth": "1970-05"}, {"birth": "1971-05"}),
        ("不清楚", "deny", {"birth": "1970-05", "sex": "女"}, {"birth": "1970-05", "sex": "女", "post": "?"}),
    ],
)
def test_answers(form, text, intent, given, after):
    assert form.validate(scene(text, intent, name="retirement", **given)).slots[GIVEN] == after


def test_it_is_done_when_nothing_is_missing(form):
    assert form.validate(scene("男", name="retirement", birth="1970-05")).slots[DONE] == "yes"


def test_an_unknown_value_that_is_needed_is_not_made_up(form):
    outcome = form.validate(scene("不知道", "deny", name="severance", worked="36"))
    assert "工资条" in outcome.said[0].reply.text
    assert outcome.slots[GIVEN] == {"worked": "36"}


def test_nonsense_is_asked_for_again(form):
    outcome = form.validate(scene("干了200年", name="severance"))
    assert "55年" in outcome.said[0].reply.text
    assert outcome.slots[DONE] is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("算了", "withdraw"),
        ("医保断缴了会怎么样", "consult"),
        ("转人工", "ask_human"),
        ("公积金要交满6个月吗", "consult"),
    ],
)
def test_other_things_are_left_to_the_rules(form, text, intent):
    outcome = form.validate(scene(text, intent, name="retirement"))
    assert (outcome.said, dict(outcome.slots)) == ((), {})


def test_another_calculator_may_be_asked_for_in_between(form):
    assert form.validate(scene("帮我算失业金", name="retirement", birth="1970")).slots[NAME] == "unemployment"


def test_the_result_is_a_card_with_formula_and_sources(form):
    outcome = form.submit(scene("", name="severance", worked="42", wage="8000"))
    reply = outcome.said[0].reply
    assert "32000元" in reply.text
    assert "以经办机构核定为准" in reply.text
    assert any("8000 × 4" in step for step in reply.card["steps"])
    assert "劳动合同法" in {basis.law for basis in reply.sources[0].basis}
    assert outcome.said[0].calculation == Calculation(name="severance", given={"worked": "42", "wage": "8000"})
    assert set(outcome.slots.values()) == {None}


def test_the_last_one_is_changed(calculating):
    last = Context(calculation=Calculation(name="severance", given={"worked": "42", "wage": "8000"}))
    said = calculating.at_once("如果干了5年呢", last, region="330100")
    assert "40000元" in said.reply.text
    assert calculating.at_once("谢谢", last, region="330100") is None
    assert Context.from_json({"calculation": said.calculation.to_json()}).calculation == said.calculation


def test_what_cannot_be_is_a_sentence(calculating):
    said = calculating.at_once("失业金能领几个月，交了8个月", Context(), region="330100")
    assert "满1年" in said.reply.text
    assert said.entry == ""
