"""灵活就业缴费: 20 % of a base that is chosen between 60 % and 300 % of the average wage."""

from decimal import Decimal

from core.errors import Misuse
from core.message import Basis
from knowledge.calculators.model import Ask, Calculator, Case, Field, Kind, Result, law
from knowledge.calculators.shown import cents, plain, yuan

RATE, PERSONAL = Decimal(20), Decimal(8)
LOW, HIGH = Decimal(60), Decimal(300)
BASIS = (
    law("社会保险法", "第十条"),
    Basis(law="国务院关于完善企业职工基本养老保险制度的决定", article="国发〔2005〕38号"),
    Basis(law="降低社会保险费率综合方案", article="国办发〔2019〕13号"),
)


def compute(case: Case) -> Result:
    """A month and a year, and what of it goes into the personal account."""
    average, level = case.optional("average"), case.optional("level")
    base = case.optional("base") or (cents(average * level / 100) if average and level else None)
    if base is None:
        raise Misuse("missing_value", BASE.ask)
    if average and not average * LOW / 100 <= base <= average * HIGH / 100:
        raise Misuse(
            "bad_value",
            f"缴费基数要在平均工资的60%到300%之间，"
            f"也就是{yuan(average * LOW / 100)}到{yuan(average * HIGH / 100)}，请换一个。",
        )
    rate = case.optional("rate") or RATE
    paid, saved = cents(base * rate / 100), cents(base * PERSONAL / 100)
    chosen = (f"缴费基数 = {plain(average)} × {plain(level)}% = {yuan(base)}",) if average and level else ()
    return Result(
        title="灵活就业养老保险缴费",
        spoken=f"按{yuan(base)}的基数，养老保险每月大约缴{yuan(paid)}，一年{yuan(paid * 12)}，"
        f"其中每月{yuan(saved)}进个人账户。",
        rows=(
            ("每月缴费", yuan(paid)),
            ("一年合计", yuan(paid * 12)),
            ("每月进个人账户", yuan(saved)),
            ("缴费基数", yuan(base)),
        ),
        steps=(
            *chosen,
            f"每月缴费 = 缴费基数 × {plain(rate)}% = {plain(base)} × {plain(rate)}% = {yuan(paid)}",
            f"进个人账户 = 缴费基数 × 8% = {yuan(saved)}",
            f"一年 = {yuan(paid)} × 12 = {yuan(paid * 12)}",
        ),
        basis=BASIS,
        notes=(
            "只算养老保险，不含医疗保险；个别地方的缴费比例还在过渡，以当地税务、社保部门公布的为准。",
            "基数要在当地公布的上下限之间选，当年的上下限请问12333或12366。",
        ),
    )


BASE = Field(
    name="base",
    label="缴费基数",
    kind=Kind.MONEY,
    ask="请问打算按多少元的基数缴？知道档次也行，比如“平均工资8000，按60%缴”。",
    where="当地的缴费基数上下限每年公布，可以问12333或12366。",
    cue=r"缴费基数|基数|按|选",
    low=Decimal(500),
    high=Decimal(200_000),
    needed=lambda given: not ("level" in given and "average" in given),
)
FLEXIBLE = Calculator(
    name="flexible",
    title="灵活就业缴费",
    entry="pension-flexible-base",
    topic=r"灵活就业|自由职业|个人(?:缴|交)(?:社保|养老)|自己(?:缴|交)(?:社保|养老)",
    question=r"多少|几多|缴费|要交|要缴",
    fields=(
        BASE,
        Field(
            name="level",
            label="缴费档次",
            kind=Kind.PERCENT,
            when=Ask.NEVER,
            cue=r"档|按|选",
            low=LOW,
            high=HIGH,
            bounds="缴费档次在60%到300%之间，请再核对一下。",
        ),
        Field(
            name="average",
            label="当地平均工资",
            kind=Kind.MONEY,
            when=Ask.NEVER,
            cue=r"(?:社会)?平均工资|社平",
            low=Decimal(1000),
            high=Decimal(100_000),
        ),
        Field(
            name="rate",
            label="缴费比例",
            kind=Kind.PERCENT,
            when=Ask.NEVER,
            cue=r"比例|费率",
            low=Decimal(8),
            high=Decimal(28),
            bounds="灵活就业人员养老保险的缴费比例一般是20%，请再核对一下。",
        ),
    ),
    compute=compute,
)
