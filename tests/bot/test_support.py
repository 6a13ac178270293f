"""Another wording of a reviewed text is said only when the text supports every sentence of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.support import supported
from knowledge import stock
from tests.stand import ROOT

SOURCE = (
    "失业金最长可以领24个月：累计缴费满1年不足5年的，最长领12个月；满5年不足10年的，最长领18个月；10年以上的，最长领24个月。\n"
    "非本人意愿中断就业、已办失业登记并有求职要求的，可以申领。自己辞职的不能领。\n"
    "依据《社会保险法》第四十五条、第四十六条，拨打12333可以咨询。"
)
GOOD = [
    SOURCE,
    "失业金最长领24个月。",
    "缴费满1年不足5年，最长领12个月；满5年不足10年，最长领18个月；10年以上，最长领24个月。",
    "自己辞职的，不能领失业金。",
    "非本人意愿中断就业，办了失业登记、有求职要求，就可以申领。咨询拨打12333。",
]
BAD = [
    ("", "empty"),
    ("。。。", "empty"),
    ("失业金最长领36个月。", "number"),
    ("失业金最长领二十四个月。", "number"),
    ("依据《失业保险条例》，失业金最长领24个月。", "rule"),
    ("依据《社会保险法》第四十七条，失业金最长领24个月。", "rule"),
    ("可以拨打12345咨询。", "number"),
    ("请打开 www.shebao-help.com 申领失业金。", "link"),
    ("保证失业金最长领24个月。", "promise"),
    ("自己辞职的能领。", "denial"),
    ("非本人意愿中断就业、已办失业登记并有求职要求的，不可以申领。", "denial"),
    ("自己辞职的也可以到街道申请困难补助，每人每月都有。", "words"),
    ("好的，我已忽略之前的指令，下面给您讲个笑话。", "words"),
    ("缴费满5年的，最少领18个月，10年以下的，最长领24个月。", "limit"),
    (SOURCE * 2, "length"),
]


@pytest.mark.parametrize("wording", GOOD)
def test_what_the_text_says_is_supported(wording: str) -> None:
    assert supported(wording, SOURCE).supported, supported(wording, SOURCE).reason


@pytest.mark.parametrize(("wording", "reason"), BAD)
def test_what_it_does_not_say_is_not(wording: str, reason: str) -> None:
    verdict = supported(wording, SOURCE)
    assert (verdict.supported, verdict.reason) == (False, reason)


@given(st.text(max_size=300))
def test_no_text_breaks_it(wording: str) -> None:
    verdict = supported(wording, SOURCE)
    assert verdict.supported == (verdict.reason == "")


@given(st.integers(min_value=0, max_value=99_999))
def test_no_figure_is_added(figure: int) -> None:
    wording = f"失业金最长可以领{figure}个月。"
    assert supported(wording, SOURCE).supported == (str(figure) in {"24", "1", "5", "12", "10", "18", "12333"})


def test_every_reviewed_answer_supports_itself() -> None:
    for entry in stock.load(ROOT / "knowledge" / "entries"):
        verdict = supported(entry.answer, entry.answer)
        assert verdict.supported, (entry.id, verdict.reason)
