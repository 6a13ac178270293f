"""What is typed otherwise comes out as what is meant; what is spelled well stays as it is."""

import pytest

from knowledge import completion, region, tokens
from knowledge.entry import Entry
from knowledge.numbers import ages

CUT = tokens.of_the_field()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("醫饱卡丢了", "医保卡丢了"),
        ("yibao duanjiao怎么办", "医保断缴怎么办"),
        ("yi bao duan jiao", "医保断缴"),
        ("gtgsh注册", "个体工商户注册"),
        ("身份正丢了", "身份证丢了"),
        ("底保怎么申请", "低保怎么申请"),
        ("養老保險斷繳怎麼辦", "养老保险断缴怎么办"),
        ("灵活救业", "灵活就业"),
        ("ＳＨＥＢＡＯ", "社保"),
        ("他一包烟", "他一包烟"),
    ],
)
def test_read_as_meant(typed: str, meant: str) -> None:
    assert CUT.analyse(typed).plain == CUT.analyse(meant).plain


def test_standard_questions_are_not_corrected(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        kept = "".join(char for char in entry.question if char.isalnum()).lower()
        plain = CUT.analyse(entry.question).plain
        assert set(plain) <= set(kept), entry.question


@pytest.mark.parametrize(
    ("said", "years"), [("我妈70了", [70]), ("今年五十八岁", [58]), ("交了10年", []), ("3岁的娃", [3])]
)
def test_ages(said: str, years: list[int]) -> None:
    assert ages(said) == years


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("上海产假多少天", "310000"),
        ("宁波的公积金怎么提取", "330200"),
        ("四川成都社保断缴", "510100"),
        ("从上海转到杭州社保怎么办", ""),
        ("我是安徽人能参加居民医保吗", ""),
        ("浙江产假", ""),
        ("杭州市居住证", ""),
        ("日照金", ""),
    ],
)
def test_the_place_whose_rules_are_asked_for(question: str, code: str) -> None:
    assert region.asked_about(question, "330100") == code


@pytest.mark.parametrize(
    ("text", "subject", "question", "complete"),
    [
        ("那断缴了呢", "灵活就业养老", "灵活就业人员怎么交养老保险？", "灵活就业人员养老保险断缴了"),
        ("职工的呢", "灵活就业养老", "灵活就业人员怎么交养老保险？", "职工怎么交养老保险？"),
        ("失业的呢", "医保断缴", "医保断缴了会怎么样？", "失业断缴了会怎么样？"),
        ("那要多少钱", "居住证", "居住证怎么办？", "居住证要多少钱"),
        ("男方呢", "产假", "在浙江生孩子，女方产假一共多少天？", "在浙江生孩子，男方产假一共多少天？"),
        ("呢？", "产假", "产假有多少天？", "产假有多少天？"),
    ],
)
def test_a_follow_up_is_completed(text: str, subject: str, question: str, complete: str) -> None:
    assert completion.readings(text, subject=subject, question=question)[0] == complete
