"""工伤一次性伤残补助金 (工伤保险条例第三十五条至第三十七条、第六十四条)."""

from decimal import Decimal

from knowledge.calculators.model import Ask, Calculator, Case, Field, Kind, Result, law
from knowledge.calculators.shown import cents, plain, yuan

MONTHS = (27, 25, 23, 21, 18, 16, 13, 11, 9, 7)
"""Months of one's own wage, grade 1 to 10."""
MONTHLY = {1: 90, 2: 85, 3: 80, 4: 75, 5: 70, 6: 60}
"""Monthly allowance in per cent of one's own wage (grades 5 and 6: where no suitable work can be given)."""
ARTICLES = {**dict.fromkeys(range(1, 5), "第三十五条"), 5: "第三十六条", 6: "第三十六条"}
NUMERALS = "一二三四五六七八九十"


def counted(wage: Decimal, average: Decimal | None) -> tuple[Decimal, str]:
    """One's own wage within 60 % and 300 % of the average (第六十四条), and how it came about."""
    if average is None:
        return wage, f"本人工资按{yuan(wage)}算"
    low, high = cents(average * 60 / 100), cents(average * 3)
    if wage < low:
        return low, f"本人工资低于平均工资的60%，按{plain(average)} × 60% = {yuan(low)}算"
    if wage > high:
        return high, f"本人工资高于平均工资的300%，按{plain(average)} × 300% = {yuan(high)}算"
    return wage, f"本人工资{yuan(wage)}在平均工资的60%到300%之间"


def compute(case: Case) -> Result:
    """The lump sum, and what is paid by the month."""
    grade = int(case.number("grade"))
    known = case.parameter("average_wage")
    average = case.optional("average") or (known.value if known else None)
    wage, how = counted(case.number("wage"), average)
    number, name = MONTHS[grade - 1], f"{NUMERALS[grade - 1]}级"
    amount = cents(wage * number)
    rows = [("一次性伤残补助金", yuan(amount)), ("标准", f"{name}：{number}个月本人工资")]
    steps = [how, f"一次性伤残补助金 = {plain(wage)} × {number}个月 = {yuan(amount)}"]
    if grade in MONTHLY:
        monthly = cents(wage * MONTHLY[grade] / 100)
        rows.append(("每月伤残津贴" if grade <= 4 else "难以安排工作时每月津贴", yuan(monthly)))
        steps.append(f"每月伤残津贴 = {plain(wage)} × {MONTHLY[grade]}% = {yuan(monthly)}")
    leaving = case.parameter(f"injury_leaving_{grade}")
    if leaving is not None:
        rows.append(("解除劳动关系时另有（两项，各）", f"{int(leaving.value)}个月上年度全省职工月平均工资"))
    return Result(
        title="工伤一次性伤残补助金",
        spoken=f"{name}伤残，一次性伤残补助金是{number}个月本人工资，大约{yuan(amount)}。",
        rows=tuple(rows),
        steps=tuple(steps),
        basis=(
            law("工伤保险条例", ARTICLES.get(grade, "第三十七条")),
            law("工伤保险条例", "第六十四条"),
            *((leaving.basis,) if leaving else ()),
        ),
        notes=(
            "本人工资是受伤前12个月的平均月缴费工资，高于当地职工平均工资300%、低于60%的，按300%、60%算。",
            "医疗费、停工留薪期工资、护理费不在内；五级至十级解除劳动关系的，还有一次性工伤医疗补助金和伤残就业补助金，标准由省定。",
            "等级以劳动能力鉴定结论为准；单位没参保的，由单位付。",
        ),
    )


INJURY = Calculator(
    name="injury",
    title="工伤一次性伤残补助金",
    entry="injury-disability-lump",
    topic=r"工伤|伤残|职业病",
    question=r"多少|几多|能赔|怎么赔|能拿|能领",
    fields=(
        Field(
            name="grade",
            label="伤残等级",
            kind=Kind.GRADE,
            ask="请问劳动能力鉴定是几级？一级到十级。",
            where="等级看劳动能力鉴定结论书；还没鉴定的，要先申请劳动能力鉴定。",
            low=Decimal(1),
            high=Decimal(10),
            bounds="伤残等级是一级到十级，请再核对一下。",
        ),
        Field(
            name="wage",
            label="受伤前12个月的平均月缴费工资",
            kind=Kind.MONEY,
            ask="请问受伤前12个月平均月缴费工资是多少元？",
            where="月缴费工资可以在掌上12333或社保窗口查，也可以问单位。",
            cue=r"月薪|工资|月收入|每月|每个月|一个月|薪水",
            low=Decimal(100),
            high=Decimal(2_000_000),
        ),
        Field(
            name="average",
            label="当地职工月平均工资",
            kind=Kind.MONEY,
            when=Ask.NEVER,
            cue=r"(?:当地|社会|全市|社)平均?工资|社平",
            low=Decimal(1000),
            high=Decimal(100_000),
        ),
    ),
    compute=compute,
)
