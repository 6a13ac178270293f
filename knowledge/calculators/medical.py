"""医保报销估算: (covered cost - deductible) x ratio, up to the cap; all three are local, none is ever invented."""

from decimal import Decimal

from knowledge.calculators.model import Ask, Calculator, Case, Field, Kind, Result, law
from knowledge.calculators.shown import cents, plain, yuan


def compute(case: Case) -> Result:
    """What the fund pays and what is left."""
    cost, deductible = case.number("cost"), case.number("deductible")
    ratio, cap = case.number("ratio"), case.optional("cap")
    above = max(cost - deductible, Decimal(0))
    whole = cents(above * ratio / 100)
    paid = whole if cap is None else min(whole, cap)
    steps = [
        f"起付线以上：{plain(cost)} - {plain(deductible)} = {yuan(above)}" if above else "费用没有超过起付线，报不了。",
        f"报销 = {plain(above)} × {plain(ratio)}% = {yuan(whole)}",
    ]
    if cap is not None and whole > cap:
        steps.append(f"超过封顶线，按{yuan(cap)}算")
    return Result(
        title="医保报销估算",
        spoken=f"按您说的数，大约能报{yuan(paid)}，自己出{yuan(cost - paid)}。",
        rows=(
            ("医保报销", yuan(paid)),
            ("个人负担", yuan(cost - paid)),
            ("起付线", yuan(deductible)),
            ("报销比例", f"{plain(ratio)}%"),
        ),
        steps=tuple(steps),
        basis=(law("社会保险法", "第二十八条"),),
        notes=(
            "费用只算目录内、合规的部分；自费药、自费项目和先行自付的部分不在内。",
            "起付线、比例、封顶线按参保地、医院等级、职工还是居民分档，以您说的为准计算；不清楚可以问12393。",
            "大病保险、医疗救助可能还能再报，没有算在内。",
        ),
    )


MEDICAL = Calculator(
    name="medical",
    title="医保报销估算",
    entry="medical-benefit-inpatient",
    topic=r"报销|(?:医保|住院|门诊|看病|医药费|医疗费).{0,12}报",
    question=r"多少|几多|能报|报.{0,4}少",
    fields=(
        Field(
            name="cost",
            label="目录内医疗费用",
            kind=Kind.MONEY,
            ask="请问医保目录内的费用一共多少元？全自费的不要算进来。",
            where="看结算单或费用清单上的“符合政策范围费用”，也可以问医院医保窗口。",
            cue=r"花了?|费用|用了|总共|一共|医药费|医疗费|住院费",
        ),
        Field(
            name="deductible",
            label="起付线",
            kind=Kind.MONEY,
            ask="请问起付线是多少元？看医院等级，各地不一样；没有就说“0元”。",
            where="起付线可以问12393或医院医保窗口。",
            cue=r"起付(?:线|标准)|门槛费",
            high=Decimal(100_000),
        ),
        Field(
            name="ratio",
            label="报销比例",
            kind=Kind.PERCENT,
            ask="请问报销比例是多少？比如“80%”。",
            where="报销比例可以问12393或医院医保窗口。",
            cue=r"比例|报销|能?报",
            high=Decimal(100),
            bounds="报销比例在0到100%之间，请再核对一下。",
        ),
        Field(
            name="cap",
            label="封顶线",
            kind=Kind.MONEY,
            when=Ask.NEVER,
            cue=r"封顶(?:线)?|最高支付限额|最多报",
        ),
    ),
    compute=compute,
)
