"""Values out of what was said."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.calculators.catalogue import CALCULATORS, find
from knowledge.calculators.hearing import changes, correction, is_question, read, request, supplied, unknown, values
from knowledge.calculators.values import mentions, normal, number


@pytest.mark.parametrize(
    ("token", "value"),
    [
        ("8000", 8000), ("8千", 8000), ("8千5", 8500), ("八千五", 8500), ("八千五百", 8500), ("八千零五", 8005),
        ("1.2万", 12000), ("一万二", 12000), ("1万2千", 12000), ("十二万", 120000), ("12,000", 12000), ("6k", 6000),
        ("十", 10), ("十二", 12), ("二十三", 23), ("两万三千五", 23500), ("一百零五", 105), ("一九七零", 1970),
    ],
)  # fmt: skip
def test_numbers(token, value):
    assert number(token) == value


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("三年半", "span", "42"), ("3年7个月", "span", "43"), ("18个月", "span", "18"), ("半年", "span", "6"),
        ("五年零三个月", "span", "63"), ("1970年5月", "month", "1970-05"), ("七零年五月", "month", "1970-05"),
        ("一九七零年五月", "month", "1970-05"), ("1970.5", "month", "1970-05"), ("19700512", "month", "1970-05"),
        ("1970-05-12", "month", "1970-05"), ("1970年", "month", "1970"), ("60岁", "age", "720"), ("七级", "grade", "7"),
        ("10级", "grade", "10"), ("85%", "percent", "85"), ("八成五", "percent", "85"), ("百分之八十", "percent", "80"),
        ("15倍", "times", "15"), ("3天", "days", "3"), ("８０００元", "money", "8000"), ("5万", "money", "50000"),
    ],
)  # fmt: skip
def test_mentions(text, kind, value):
    (one,) = mentions(normal(text))
    assert (one.kind, one.value) == (kind, value)


@pytest.mark.parametrize(
    ("text", "name", "given_values"),
    [
        ("我1970年5月出生，女干部，什么时候退休", "retirement", {"birth": "1970-05", "sex": "女", "post": "干部"}),
        ("我是七零年五月的，男，哪年退休", "retirement", {"birth": "1970-05", "sex": "男"}),
        ("被裁员赔多少，干了3年半，月薪8000", "severance", {"worked": "42", "wage": "8000"}),
        ("2019年3月入职，2022年8月被裁，月薪1.2万，赔多少", "severance", {"worked": "41", "wage": "12000"}),
        ("工伤七级能赔多少，月工资六千五", "injury", {"grade": "7", "wage": "6500"}),
        ("失业金能领几个月，交了6年零2个月", "unemployment", {"paid": "74"}),
        ("年假几天，工作了12年", "annual_leave", {"worked": "144"}),
        ("灵活就业平均工资8000按60%缴，每月多少", "flexible", {"average": "8000", "level": "60"}),
        (
            "公积金余额5万，15倍，最高额60万，能贷多少",
            "housing_loan",
            {"balance": "50000", "times": "15", "cap": "600000"},
        ),
        (
            "帮我算算医保能报多少，花了3万，起付线800，报销比例85%",
            "medical",
            {"cost": "30000", "deductible": "800", "ratio": "85"},
        ),
    ],
)
def test_a_request_with_everything(text, name, given_values):
    found = request(text)
    assert (found.calculator, found.given, found.complete) == (name, given_values, True)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("帮我算算退休时间", "retirement"),
        ("测算一下养老金", "pension"),
        ("帮我算一下", ""),
        ("我78年的，几岁退休", "retirement"),
    ],
)
def test_a_request_that_must_be_asked_about(text, name):
    found = request(text)
    assert (found.calculator, found.complete) == (name, False)


@pytest.mark.parametrize(
    "text",
    [
        "退休年龄怎么规定的", "延迟退休后我什么时候退休", "失业金能领几个月", "年假几天", "养老金怎么算", "你好",
        "上班路上摔了算不算工伤", "养老金计算办法是什么", "医保断缴了会怎么样", "转人工", "",
        "失业金一个月多少钱", "工龄能算年假吗", "经济补偿金怎么算的",
    ],
)  # fmt: skip
def test_a_question_of_rules_is_no_request(text):
    assert request(text) is None


def test_remarks_after_the_result():
    given_values = {"birth": "1970-05", "sex": "女", "post": "干部"}
    assert changes("retirement", "那男的呢", given_values) == {"sex": "男"}
    assert changes("retirement", "不对，是1971年", given_values) == {"birth": "1971-05"}
    assert changes("retirement", "不对，是6月", given_values) == {"birth": "1970-06"}
    assert changes("severance", "如果干了5年呢", {"worked": "42", "wage": "8000"}) == {"worked": "60"}
    assert changes("severance", "不对，是9000", {"worked": "42", "wage": "8000"}) == {"wage": "9000"}
    for other in ("那医保断缴了呢", "谢谢", "依据是什么", "要带什么材料", "那失业金呢"):
        assert changes("severance", other, {"worked": "42", "wage": "8000"}) == {}


def test_an_answer_to_a_question():
    severance = find("severance")
    assert values(severance, "8000", asked="wage") == {"wage": "8000"}
    assert values(severance, "大概八千五吧", asked="wage") == {"wage": "8500"}
    assert values(severance, "三年", asked="worked") == {"worked": "36"}
    assert values(severance, "5", asked="worked") == {"worked": "60"}
    assert values(find("retirement"), "5月", asked="birth", given={"birth": "1970"}) == {"birth": "1970-05"}
    assert values(find("injury"), "七级", asked="grade") == {"grade": "7"}
    assert values(find("injury"), "7", asked="grade") == {"grade": "7"}
    assert correction(severance, "不对，是9000", {"worked": "36", "wage": "8000"}) == {"wage": "9000"}
    assert read(find("medical"), "ratio", "八成") == "80"


@pytest.mark.parametrize("text", ["不知道", "我也不清楚", "忘了", "不太清楚", "记不清了"])
def test_unknown(text):
    assert unknown(text)


def test_a_question_is_no_answer():
    assert is_question("公积金要交满6个月吗")
    assert not is_question("8000")


@given(st.text(max_size=60), st.sampled_from(sorted(CALCULATORS)))
@settings(max_examples=150)
def test_any_text_is_heard_without_a_fault(text, name):
    request(text)
    calculator = find(name)
    for field in calculator.fields:
        assert set(values(calculator, text, asked=field.name)) <= {one.name for one in calculator.fields}


@pytest.mark.parametrize(
    "text", ["一下" * 300, "算" * 600, "1年" * 300, "八千" * 300, "9" * 600, "是大概" * 200 + "x", "1,1" * 200]
)
def test_long_texts_take_no_time(text):
    began = time.perf_counter()
    request(text)
    for one in CALCULATORS.values():
        values(one, text, asked=one.fields[0].name)
    assert time.perf_counter() - began < 2.0


@pytest.mark.parametrize(
    ("entry", "text", "given"),
    [
        ("retirement-when", "1970年5月出生，女干部", {"sex": "女", "post": "干部", "birth": "1970-05"}),
        ("retirement-when", "我是男的，68年3月", {"sex": "男", "birth": "1968-03"}),
        ("labour-compensation", "干了3年半，月薪8000", {"worked": "42", "wage": "8000"}),
    ],
)
def test_the_values_for_the_rule_that_was_explained(entry, text, given):
    found = supplied(entry, text)
    assert found is not None
    assert (dict(found.given), found.complete) == (given, True)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("retirement-when", "谢谢"),
        ("retirement-when", "那养老金要缴15年吗"),
        ("retirement-when", "我妈1970年5月出生的能领高龄津贴吗"),
        ("retirement-when", "我住在1970年的老房子里"),
        ("medical-enroll-stop", "1970年5月出生，女干部"),
        ("", "1970年5月出生，女干部"),
    ],
)
def test_no_other_remark_is_taken_for_values(entry, text):
    assert supplied(entry, text) is None
