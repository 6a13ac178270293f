"""养老金估算: basic pension and personal account (社会保险法第十五条, 国发〔2005〕38号)."""

from decimal import Decimal

from core.errors import Misuse
from core.message import Basis
from knowledge.calculators.model import Ask, Calculator, Case, Field, Kind, Result, law
from knowledge.calculators.retirement import minimum_years
from knowledge.calculators.shown import age, cents, plain, span, yuan

FACTORS = (
    *(233, 230, 226, 223, 220, 216, 212, 208, 204, 199),
    *(195, 190, 185, 180, 175, 170, 164, 158, 152, 145),
    *(139, 132, 125, 117, 109, 101, 93, 84, 75, 65),
    56,
)
"""计发月数 at the ages 40 to 70 (国发〔2005〕38号, 附件)."""
YOUNGEST = 40
HIGHEST_MINIMUM = 20 * 12
RISING = (
    "最低缴费年限从2030年起每年提高6个月，到2039年是20年。2030年以后退休的，要满退休那一年的最低年限才能按月领，"
    "可以让我算一下法定退休时间对照。"
)
DOCUMENT = Basis(law="国务院关于完善企业职工基本养老保险制度的决定", article="国发〔2005〕38号")


def factor(months: int) -> int:
    """计发月数 at an age in months; between two birthdays that of the earlier, which errs on the low side."""
    place = months // 12 - YOUNGEST
    if not 0 <= place < len(FACTORS):
        raise Misuse("bad_value", "领取养老金的年龄应当在40岁到70岁之间，请再核对一下。")
    return FACTORS[place]


def compute(case: Case) -> Result:
    """Both parts and their sum; unknown index counts as 1, and that is said."""
    base, account = case.number("base"), case.number("account")
    paid, old = case.number("paid"), int(case.number("age"))
    ratio = case.optional("index") or Decimal(1)
    least = minimum_years(case.on.year) * 12
    if paid < least:
        raise Misuse(
            "not_entitled",
            f"按月领养老金，累计缴费至少要{span(least)}，您说的{span(paid)}还不够。"
            "可以延长缴费，或者转入城乡居民养老保险，请问12333。",
        )
    divisor = factor(old)
    years = paid / 12
    basic, personal = cents(base * (1 + ratio) / 2 * years / 100), cents(account / divisor)
    assumed = () if case.has("index") else ("平均缴费指数没有给出，按1（一直按平均工资缴）估算。",)
    # The year of retirement is not asked for: whoever has less than the highest minimum must hear that it rises.
    rising = (RISING,) if paid < HIGHEST_MINIMUM else ()
    between = () if old % 12 == 0 else (f"年龄不是整岁，计发月数按{old // 12}岁的{divisor}个月估，实际按月核定。",)
    return Result(
        title="养老金估算",
        spoken=f"按您说的数，每月养老金大约{yuan(basic + personal)}，"
        f"其中基础养老金{yuan(basic)}，个人账户养老金{yuan(personal)}。",
        rows=(
            ("每月合计", yuan(basic + personal)),
            ("基础养老金", yuan(basic)),
            ("个人账户养老金", yuan(personal)),
            ("计发月数", f"{divisor}个月（{age(old)}）"),
        ),
        steps=(
            "基础养老金 =（计发基数 + 计发基数 × 平均缴费指数）÷ 2 × 缴费年限 × 1%",
            f"（{plain(base)} + {plain(base)} × {plain(ratio)}）÷ 2 × {plain(cents(years))} × 1% = {yuan(basic)}",
            f"个人账户养老金 = 账户储存额 ÷ 计发月数 = {plain(account)} ÷ {divisor} = {yuan(personal)}",
        ),
        basis=(law("社会保险法", "第十五条"), DOCUMENT),
        notes=(
            *rising,
            *assumed,
            *between,
            "有视同缴费年限的，还有过渡性养老金，没有算在内；各地可能另有加发。",
            "计发基数每年由各地公布，用哪一年的会影响结果。",
        ),
    )


PENSION = Calculator(
    name="pension",
    title="养老金估算",
    entry="pension-employee-amount",
    topic=r"养老金|退休金|退休工资|养老待遇|退休待遇",
    question=r"多少|几多|能领|能拿|有多",
    fields=(
        Field(
            name="base",
            label="计发基数",
            kind=Kind.MONEY,
            ask="请问当地的养老金计发基数是多少元？各地不一样，每年公布。",
            where="计发基数由省级人社部门每年公布，可以问12333，或在国家社会保险公共服务平台的养老金测算里看。",
            cue=r"计发基数|基数|社平工资|平均工资",
            low=Decimal(1000),
            high=Decimal(50000),
        ),
        Field(
            name="paid",
            label="累计缴费年限",
            kind=Kind.SPAN,
            ask="请问到退休时累计缴费多少年？含视同缴费年限。",
            where="缴费年限可以在国家社会保险公共服务平台、掌上12333或社保窗口查。",
            cue=r"[缴交]费?了?满?|工龄|年限",
            low=Decimal(0),
            high=Decimal(55 * 12),
        ),
        Field(
            name="account",
            label="个人账户储存额",
            kind=Kind.MONEY,
            ask="请问到退休时个人账户里大约有多少钱？",
            where="个人账户储存额可以在国家社会保险公共服务平台、掌上12333或社保窗口查。",
            cue=r"个人账户|账户|帐户",
            high=Decimal(5_000_000),
        ),
        Field(
            name="age",
            label="领取年龄",
            kind=Kind.AGE,
            ask="请问打算多少岁开始领？比如“60岁”。",
            where="不知道什么时候退休，可以先让我算法定退休时间。",
            cue=r"退休|领取|开始领",
            low=Decimal(40 * 12),
            high=Decimal(71 * 12 - 1),
            bounds="领取养老金的年龄应当在40岁到70岁之间，请再核对一下。",
        ),
        Field(
            name="index",
            label="平均缴费指数",
            kind=Kind.TIMES,
            when=Ask.ONCE,
            ask="请问平均缴费指数是多少？一直按平均工资缴就是1，按60%缴就是0.6。不清楚就说“不知道”。",
            cue=r"缴费指数|指数",
            low=Decimal("0.4"),
            high=Decimal(3),
            bounds="平均缴费指数一般在0.6到3之间，请再核对一下。",
        ),
    ),
    compute=compute,
)
