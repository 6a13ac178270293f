"""失业金期限与金额 (社会保险法第四十五条至第四十七条)."""

from decimal import Decimal

from core.errors import Misuse
from knowledge.calculators.model import Ask, Calculator, Case, Field, Kind, Result, law
from knowledge.calculators.shown import span, yuan

LONGEST = 24
STEPS = ((120, 24), (60, 18), (12, 12))
"""From that many months paid: at most that many months of benefit (第四十六条)."""


def months(paid: Decimal) -> int:
    """Most months of benefit; 0 below one year paid."""
    return next((most for least, most in STEPS if paid >= least), 0)


def compute(case: Case) -> Result:
    """The longest time, and the sum where the monthly standard is known."""
    paid = case.number("paid")
    if not months(paid):
        raise Misuse(
            "not_entitled",
            f"领失业保险金要累计缴费满1年，您说的{span(paid)}还不够。可以先办失业登记，有没有别的补助请问12333。",
        )
    left = int(case.optional("left") or 0)
    most = min(months(paid) + left, LONGEST)
    known = case.parameter("unemployment_benefit")
    standard = case.optional("standard") or (known.value if known else None)
    reason = {12: "满1年不足5年，最长12个月", 18: "满5年不足10年，最长18个月", 24: "满10年，最长24个月"}[months(paid)]
    steps = [f"累计缴费{span(paid)}：{reason}"]
    if left:
        steps.append(f"加上前次没领完的{left}个月，合计不超过24个月：{most}个月")
    rows = [("最长领取", f"{most}个月")]
    spoken = f"累计缴费{span(paid)}，失业保险金最长可以领{most}个月。"
    if standard is not None:
        rows += [("每月标准", yuan(standard)), ("最多合计", yuan(standard * most))]
        steps.append(f"最多合计 = {yuan(standard)} × {most}个月 = {yuan(standard * most)}")
        spoken += f"按每月{yuan(standard)}算，最多一共{yuan(standard * most)}。"
    else:
        rows.append(("每月标准", "各地不同，请问12333"))
    return Result(
        title="失业保险金期限与金额",
        spoken=spoken,
        rows=tuple(rows),
        steps=tuple(steps),
        basis=(
            law("社会保险法", "第四十五条"),
            law("社会保险法", "第四十六条"),
            law("社会保险法", "第四十七条"),
            *((known.basis,) if known and not case.has("standard") else ()),
        ),
        notes=(
            "还要同时满足：非本人意愿中断就业，已办失业登记并有求职要求。",
            "每月标准由省级政府定，不得低于城市居民最低生活保障标准；重新就业等情形会停发。",
            "重新就业后再次失业的，缴费时间重新计算。",
        ),
    )


UNEMPLOYMENT = Calculator(
    name="unemployment",
    title="失业保险金",
    entry="unemployment-duration",
    topic=r"失业(?:保险)?金|失业保险|失业(?:补助|待遇)|失业.{0,6}(?:领|拿)",
    question=r"多久|多长|几个月|多少|几月",
    fields=(
        Field(
            name="paid",
            label="失业保险累计缴费时间",
            kind=Kind.SPAN,
            ask="请问失业保险累计缴费多长时间？比如“3年半”。领过失业金的，从重新就业后算起。",
            where="缴费时间可以在掌上12333、国家社会保险公共服务平台或社保窗口查。",
            cue=r"[缴交]费?了?满?|干了|工作了|年限",
            high=Decimal(55 * 12),
        ),
        Field(
            name="standard",
            label="每月标准",
            kind=Kind.MONEY,
            when=Ask.NEVER,
            cue=r"标准|每个?月(?:领|发|拿)?",
            low=Decimal(100),
            high=Decimal(20_000),
        ),
        Field(
            name="left",
            label="前次没领完的月数",
            kind=Kind.SPAN,
            when=Ask.NEVER,
            cue=r"没领完|剩下?|未领",
            high=Decimal(24),
        ),
    ),
    compute=compute,
)
