"""带薪年休假 (职工带薪年休假条例第三条至第五条; 企业职工带薪年休假实施办法第十条、第十一条)."""

from decimal import Decimal

from knowledge.calculators.model import Ask, Calculator, Case, Field, Kind, Result, law
from knowledge.calculators.shown import cents, plain, span, yuan

STEPS = ((240, 15, 4), (120, 10, 3), (12, 5, 2))
"""From that many months worked in all: days a year, and the months of sick leave that forfeit them."""
PAID_DAYS = Decimal("21.75")
"""Working days a month (实施办法第十一条)."""


def days(worked: Decimal) -> int:
    """Days of paid leave a year; 0 below one year."""
    return next((number for least, number, _ in STEPS if worked >= least), 0)


def compute(case: Case) -> Result:
    """Days a year, and the pay for days that could not be taken."""
    worked, wage = case.number("worked"), case.optional("wage")
    number, sick = days(worked), case.optional("sick")
    limit = next((months for least, _, months in STEPS if worked >= least), 0)
    lost = sick is not None and number > 0 and sick >= limit
    right = 0 if lost else number
    unused = min(case.optional("unused") or Decimal(right), Decimal(right))
    steps = [f"累计工作{span(worked)}：满1年5天，满10年10天，满20年15天，应休{number}天"]
    if lost:
        steps.append(f"当年病假累计{plain(sick or Decimal(0))}个月，达到{limit}个月，不享受当年年休假")
    rows = [("年休假", f"{right}天" if right else "今年没有")]
    spoken = f"您每年的年休假是{right}天。" if right else _nothing(worked)
    if wage is not None and right:
        daily = wage / PAID_DAYS
        amount = cents(daily * unused * 3)
        rows += [
            (f"未休{plain(unused)}天的报酬（300%）", yuan(amount)),
            ("其中正常工资之外另付", yuan(daily * unused * 2)),
        ]
        steps.append(f"日工资 = {plain(wage)} ÷ 21.75 = {yuan(daily)}")
        steps.append(f"未休报酬 = {plain(wage)} ÷ 21.75 × {plain(unused)}天 × 300% = {yuan(amount)}")
        spoken += f"单位没安排您休{plain(unused)}天的，报酬是{yuan(amount)}，含正常工资。"
    return Result(
        title="带薪年休假",
        spoken=spoken,
        rows=tuple(rows),
        steps=tuple(steps),
        basis=(
            law("职工带薪年休假条例", "第三条"),
            law("职工带薪年休假条例", "第四条"),
            law("职工带薪年休假条例", "第五条"),
            law("企业职工带薪年休假实施办法", "第十一条"),
        ),
        notes=(
            "看的是累计工作年限，换过单位的也合并算；还要连续工作满12个月。",
            "寒暑假多于年休假的、请事假累计20天以上单位不扣工资的、病假累计满2个月（工龄满10年的3个月，满20年的4个月）的，不享受当年年休假。",
            "新进单位和离职的当年，按在单位的日历天数折算，不足1天的不算；本人书面提出不休的，只付正常工资。",
        ),
    )


def _nothing(worked: Decimal) -> str:
    if worked < 12:
        return "连续工作满12个月才有年休假，现在还没有。"
    return "按您说的病假时间，今年不享受年休假。"


ANNUAL_LEAVE = Calculator(
    name="annual_leave",
    title="带薪年休假",
    entry="labour-annual-leave",
    topic=r"年休假|年假|带薪假|公休假",
    question=r"多少|几天|几多|能休|赔|补",
    fields=(
        Field(
            name="worked",
            label="累计工作年限",
            kind=Kind.SPAN,
            ask="请问累计工作多少年了？换过单位的合在一起算。",
            where="累计工作年限看档案、社保缴费记录和劳动合同。",
            cue=r"工作了?|干了|上班|工龄|参加工作|做了|累计",
            high=Decimal(60 * 12),
        ),
        Field(
            name="wage",
            label="月平均工资",
            kind=Kind.MONEY,
            when=Ask.NEVER,
            cue=r"月薪|工资|月收入|每月|每个月|一个月|薪水",
            low=Decimal(100),
            high=Decimal(2_000_000),
        ),
        Field(
            name="unused",
            label="没休的天数",
            kind=Kind.DAYS,
            when=Ask.NEVER,
            cue=r"没休|未休|没有休|剩|欠",
            high=Decimal(30),
            bounds="年休假一年最多15天，请再核对一下没休的天数。",
        ),
        Field(
            name="sick",
            label="当年病假",
            kind=Kind.SPAN,
            when=Ask.NEVER,
            cue=r"病假",
            high=Decimal(12),
        ),
    ),
    compute=compute,
)
