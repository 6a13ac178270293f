"""From an entry to what is said."""

import pytest

from bot.answer import Form, card_of, compose
from bot.replies import Replies
from core.message import Kind, Reply
from tests.fakes.knowledge import MEDICAL_GAP, PENSION_GAP, PENSION_YEARS, PERMIT, STOCK

REPLIES = Replies.load()


@pytest.mark.parametrize("entry", STOCK, ids=lambda entry: entry.id)
@pytest.mark.parametrize("form", list(Form))
def test_every_form_says_something_and_names_its_source(entry, form):
    reply = compose(entry, form, replies=REPLIES)
    assert reply.text.strip() == reply.text != ""
    assert reply.sources[0].entry_id == entry.id
    assert "{" not in reply.text
    assert Reply.from_json(reply.to_json()) == reply


def test_the_chat_form_carries_a_card():
    reply = compose(PERMIT, replies=REPLIES)
    assert reply.kind is Kind.CARD
    assert reply.card == {
        "title": "居住证怎么办？",
        "rows": [["办理时限", "15日内"], ["收费", "首次申领不收费"], ["窗口办理", "居住地派出所"]],
        "steps": list(PERMIT.steps),
        "materials": ["居民身份证", "住址证明"],
    }


def test_an_entry_without_details_has_no_card():
    assert card_of(PENSION_GAP) is None
    assert compose(PENSION_GAP, replies=REPLIES).kind is Kind.TEXT


def test_the_short_answer_opens_unless_the_answer_says_it_already():
    assert compose(MEDICAL_GAP, replies=REPLIES).text == MEDICAL_GAP.answer
    assert compose(PENSION_YEARS, replies=REPLIES).text == PENSION_YEARS.answer
    assert compose(PERMIT, replies=REPLIES).text == f"{PERMIT.short}\n{PERMIT.answer}"


def test_an_unknown_aspect_is_admitted_with_a_phone_number():
    assert "12393" in compose(MEDICAL_GAP, Form.FEE, replies=REPLIES).text
    assert "不能乱说" in compose(MEDICAL_GAP, Form.FEE, replies=REPLIES).text


def test_the_basis_names_law_and_article():
    assert "《社会保险法》第二十七条" in compose(MEDICAL_GAP, Form.BASIS, replies=REPLIES).text


def test_full_holds_everything():
    text = compose(PERMIT, Form.FULL, replies=REPLIES).text
    for part in (*PERMIT.steps, *PERMIT.materials, "居住地派出所", "15日内", "首次申领不收费", "第九条"):
        assert part in text


def test_an_unknown_form_is_a_programming_error():
    with pytest.raises(ValueError, match="poem"):
        compose(PERMIT, "poem", replies=REPLIES)
