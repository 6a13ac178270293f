"""Each calculator against official or hand-computed examples, and by properties."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Misuse
from knowledge import __main__ as command
from knowledge.calculators import pension, retirement, severance, shown, unemployment
from knowledge.calculators.catalogue import CALCULATORS, calculate, shipped
from knowledge.calculators.model import Kind

TODAY = date(2026, 11, 22)
HANGZHOU = "330100"


def rows(name, region="", **values):
    return dict(calculate(name, values, on=TODAY, region=region).rows)


# 附表 of the 决定: kind, month of birth, age at retirement, month of retirement
OFFICIAL = [
    ("男", "1964-12", "60岁", "2024年12月"),
    ("男", "1965-01", "60岁1个月", "2025年2月"),
    ("男", "1965-04", "60岁1个月", "2025年5月"),
    ("男", "1965-05", "60岁2个月", "2025年7月"),
    ("男", "1970-05", "61岁5个月", "2031年10月"),
    ("男", "1976-08", "62岁11个月", "2039年7月"),
    ("男", "1976-09", "63岁", "2039年9月"),
    ("男", "1990-01", "63岁", "2053年1月"),
    ("干部", "1970-01", "55岁1个月", "2025年2月"),
    ("干部", "1970-05", "55岁2个月", "2025年7月"),
    ("干部", "1981-09", "58岁", "2039年9月"),
    ("工人", "1974-12", "50岁", "2024年12月"),
    ("工人", "1975-01", "50岁1个月", "2025年2月"),
    ("工人", "1975-03", "50岁2个月", "2025年5月"),
    ("工人", "1984-11", "55岁", "2039年11月"),
]


@pytest.mark.parametrize(("kind", "birth", "age", "when"), OFFICIAL)
def test_retirement_as_the_official_table(kind, birth, age, when):
    values = {"sex": "男"} if kind == "男" else {"sex": "女", "post": kind}
    found = rows("retirement", birth=birth, **values)
    assert (found["法定退休年龄"], found["法定退休时间"]) == (age, when)


@given(kind=st.sampled_from(sorted(retirement.RULES)), born=st.integers(1930 * 12, 2008 * 12))
def test_retirement_is_monotone_and_capped(kind, born):
    first, second = retirement.delay(kind, born), retirement.delay(kind, born + 1)
    assert 0 <= first <= second <= first + 1 <= retirement.RULES[kind][2] + 1
    assert second <= retirement.RULES[kind][2]
    assert (first == 0) is (born + retirement.RULES[kind][0] * 12 < 2025 * 12)


@pytest.mark.parametrize(
    ("year", "years"), [(2026, "15"), (2029, "15"), (2030, "15.5"), (2031, "16"), (2039, "20"), (2060, "20")]
)
def test_least_years_paid(year, years):
    assert retirement.minimum_years(year) == Decimal(years)


def test_an_unknown_post_shows_both():
    found = calculate("retirement", {"birth": "1980-01", "sex": "女", "post": "?"}, on=TODAY)
    # 55: original 2035-01, 120 months after 2025-01, 120 / 4 + 1 = 31; 50: original 2030-01, 60 / 2 + 1 = 31
    assert "2037年8月" in found.spoken
    assert "2032年8月" in found.spoken


def test_pension():
    # (8000 + 8000 x 0.8) / 2 x 25 x 1 % = 1800; 120000 / 139 = 863.31
    found = rows("pension", base="8000", paid="300", account="120000", age="720", index="0.8")
    assert (found["基础养老金"], found["个人账户养老金"], found["每月合计"]) == ("1800元", "863.31元", "2663.31元")


def test_months_of_the_personal_account():
    assert [pension.factor(age * 12) for age in (40, 50, 55, 60, 63, 65, 70)] == [233, 195, 170, 139, 117, 101, 56]
    assert all(pension.factor(age) >= pension.factor(age + 1) for age in range(480, 851))
    for outside in (0, 479, 852):
        with pytest.raises(Misuse):
            pension.factor(outside)


def test_too_few_years_for_a_pension_are_refused():
    with pytest.raises(Misuse) as caught:
        calculate("pension", {"base": "8000", "paid": "120", "account": "1", "age": "720"}, on=TODAY)
    assert "至少要15年" in caught.value.message


@pytest.mark.parametrize(("paid", "told"), [("180", True), ("239", True), ("240", False), ("300", False)])
def test_who_has_less_than_twenty_years_hears_that_the_minimum_rises(paid, told):
    found = calculate("pension", {"base": "8000", "paid": paid, "account": "1", "age": "720"}, on=TODAY)
    assert any("2030年" in note for note in found.notes) == told


def test_flexible():
    # 8000 x 60 % = 4800; x 20 % = 960; x 8 % = 384
    found = rows("flexible", average="8000", level="60")
    assert (found["每月缴费"], found["一年合计"], found["每月进个人账户"]) == ("960元", "11520元", "384元")
    assert rows("flexible", base="6000")["每月缴费"] == "1200元"
    with pytest.raises(Misuse):
        calculate("flexible", {"base": "4000", "average": "8000"}, on=TODAY)


@pytest.mark.parametrize(("paid", "months"), [(11, 0), (12, 12), (59, 12), (60, 18), (119, 18), (120, 24), (500, 24)])
def test_months_of_unemployment_benefit(paid, months):
    assert unemployment.months(Decimal(paid)) == months


def test_unemployment():
    # 6 years: 18 months; 18 + 10 left over = 28, at most 24; 24 x 2000 = 48000
    found = rows("unemployment", paid="72", left="10", standard="2000")
    assert (found["最长领取"], found["最多合计"]) == ("24个月", "48000元")
    assert "12333" in rows("unemployment", paid="72")["每月标准"]
    with pytest.raises(Misuse) as caught:
        calculate("unemployment", {"paid": "8"}, on=TODAY)
    assert caught.value.code == "not_entitled"


def test_maternity():
    # 98 + 15 (难产) + 15 (双胞胎) = 128; 9000 / 30 x 98 = 29400
    assert rows("maternity_leave", birth_way="难产", babies="双胞胎")["国家规定"] == "128天"
    assert rows("maternity_leave", HANGZHOU, child="二孩")["产假合计"] == "188天"
    assert rows("maternity_leave", HANGZHOU)["产假合计"] == "158天"
    assert rows("maternity_leave", event="流产不满4个月")["国家规定"] == "15天"
    assert rows("maternity_leave", HANGZHOU, event="流产满4个月")["国家规定的产假"] == "42天"
    assert rows("maternity_pay", wage="9000")["生育津贴"] == "29400元"
    assert rows("maternity_pay", HANGZHOU, wage="9000")["当地对延长的60天也发时"] == "47400元"


def test_medical():
    # (30000 - 800) x 85 % = 24820; with a cap of 20000: 20000
    assert rows("medical", cost="30000", deductible="800", ratio="85")["医保报销"] == "24820元"
    assert rows("medical", cost="30000", deductible="800", ratio="85", cap="20000")["个人负担"] == "10000元"
    assert rows("medical", cost="500", deductible="800", ratio="85")["医保报销"] == "0元"


def test_housing():
    # 50000 x 15 = 750000, at most 600000; price 800000 less 30 % = 560000
    assert rows("housing_loan", balance="50000", times="15", cap="600000")["大约能贷"] == "600000元"
    more = {"price": "800000", "down": "30"}
    assert rows("housing_loan", balance="50000", times="15", cap="600000", **more)["大约能贷"] == "560000元"
    assert rows("housing_withdrawal", balance="80000", spent="24000")["最多提取"] == "24000元"


# 第四十七条: 3 years 7 months -> 4; 5 months over -> half; nothing over -> none; ten days over -> half
@pytest.mark.parametrize(
    ("worked", "number"), [("43", "4"), ("41", "3.5"), ("36", "3"), ("5", "0.5"), ("6", "1"), ("36.33", "3.5")]
)
def test_months_of_severance(worked, number):
    assert severance.wages(Decimal(worked)) == Decimal(number)


def test_severance():
    found = rows("severance", worked="42", wage="8000")
    assert list(found.values()) == ["32000元", "40000元", "64000元"]
    # 50000 > 3 x 10000: 30000 a month, at most 12 years: 360000
    assert rows("severance", worked="240", wage="50000", average="10000")["经济补偿（N）"] == "360000元"
    assert rows("severance", worked="240", wage="29000", average="10000")["经济补偿（N）"] == "580000元"


@pytest.mark.parametrize(("grade", "months"), list(enumerate((27, 25, 23, 21, 18, 16, 13, 11, 9, 7), 1)))
def test_injury(grade, months):
    assert rows("injury", grade=str(grade), wage="6500")["一次性伤残补助金"] == f"{6500 * months}元"


def test_injury_wage_within_bounds():
    # 60 % of 8000 = 4800, x 7; 300 % of 8000 = 24000, x 7
    assert rows("injury", grade="10", wage="3000", average="8000")["一次性伤残补助金"] == "33600元"
    assert rows("injury", grade="10", wage="40000", average="8000")["一次性伤残补助金"] == "168000元"
    assert rows("injury", grade="4", wage="8000")["每月伤残津贴"] == "6000元"
    assert any("10个月" in value for value in rows("injury", HANGZHOU, grade="7", wage="6500").values())


@pytest.mark.parametrize(
    ("worked", "days"), [("6", "今年没有"), ("12", "5天"), ("119", "5天"), ("120", "10天"), ("240", "15天")]
)
def test_annual_leave(worked, days):
    assert rows("annual_leave", worked=worked)["年休假"] == days


def test_annual_leave_not_taken():
    # 8700 / 21.75 = 400; x 5 x 3 = 6000; sick for 3 months with 12 years worked: none
    assert rows("annual_leave", worked="60", wage="8700", unused="5")["未休5天的报酬（300%）"] == "6000元"
    assert rows("annual_leave", worked="144", sick="3")["年休假"] == "今年没有"
    assert rows("annual_leave", worked="144", sick="2")["年休假"] == "10天"


@given(worked=st.decimals("0.01", "660", places=2), wage=st.decimals("100", "2000000", places=2))
@settings(max_examples=60)
def test_severance_never_falls_and_is_rounded(worked, wage):
    less, more = severance.wages(worked), severance.wages(worked + 1)
    assert less <= more <= less + 1
    amount = shown.cents(wage * less)
    assert amount == amount.quantize(Decimal("0.01"))


VALUES = st.one_of(
    st.decimals(allow_nan=True).map(str), st.integers().map(str), st.text(max_size=12), st.just("1970-05")
)


@given(data=st.data(), name=st.sampled_from(sorted(CALCULATORS)))
@settings(max_examples=200)
def test_no_input_breaks_a_calculator(data, name):
    given_values = {}
    for field in CALCULATORS[name].fields:
        sensible = st.sampled_from(sorted(field.choices)) if field.choices else st.integers(0, 9000).map(str)
        given_values[field.name] = data.draw(st.one_of(sensible, VALUES))
    try:
        result = calculate(name, given_values, on=TODAY, region=data.draw(st.sampled_from(["", HANGZHOU, "x"])))
    except Misuse as error:
        assert error.message.endswith(("。", "吗？"))
    else:
        assert result.rows
        assert result.basis
        assert result.notes
        assert result.spoken.endswith("。")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("severance", {"worked": "2400", "wage": "8000"}),
        ("injury", {"grade": "11", "wage": "8000"}),
        ("retirement", {"birth": "1800-01", "sex": "男"}),
        ("retirement", {"birth": "2020-01", "sex": "男"}),
        ("medical", {"cost": "1", "deductible": "0", "ratio": "120"}),
        ("severance", {"worked": "12"}),
        ("poem", {}),
        ("severance", {"worked": "12", "wage": "8000", "colour": "1"}),
    ],
)
def test_nonsense_is_refused_with_a_sentence(name, values):
    with pytest.raises(Misuse) as caught:
        calculate(name, values, on=TODAY)
    assert "请" in caught.value.message or "没有叫" in caught.value.message or "不需要" in caught.value.message


def test_what_is_asked_for_can_be_asked():
    for one in CALCULATORS.values():
        for field in one.fields:
            assert field.ask.endswith(("？", "。")) or field.when == "never"
            assert field.where or field.when != "must"
            assert field.choices or field.kind is not Kind.CHOICE


def test_every_regional_value_has_its_source_and_day():
    for one in shipped().parameters:
        assert one.basis.law
        assert one.basis.article
        assert one.effective_from <= TODAY


def test_on_the_command_line(capsys):
    assert command.main(["calculate", "severance", "worked=3年半", "wage=8千"]) == 0
    assert "32000元" in capsys.readouterr().out
    assert command.main(["calculate", "severance", "worked=200年", "wage=8千"]) == 2
    assert "55年" in capsys.readouterr().err
    assert command.main(["calculate"]) == 0
    assert "retirement" in capsys.readouterr().out
