"""经济补偿金: N, and beside it N+1 and 2N (劳动合同法第四十七条、第四十条、第八十七条)."""

from decimal import Decimal

from knowledge.calculators.model import Ask, Calculator, Case, Field, Kind, Result, law
from knowledge.calculators.shown import cents, plain, span, yuan

MOST_YEARS = Decimal(12)
HALF = Decimal("0.5")


def wages(worked: Decimal) -> Decimal:
    """N: one month for each year, one for six months or more over, half a month for less (第四十七条第一款)."""
    years, rest = divmod(worked, 12)
    return years + (Decimal(1) if rest >= 6 else HALF if rest > 0 else Decimal(0))


def compute(case: Case) -> Result:
    """N with the cap of three average wages and twelve years where the local average is known."""
    worked, wage = case.number("worked"), case.number("wage")
    known = case.parameter("average_wage")
    average = case.optional("average") or (known.value if known else None)
    number, paid = wages(worked), wage
    steps = [f"工作{span(worked)}：每满1年1个月工资，6个月以上按1年，不满6个月给半个月，N = {plain(number)}"]
    if average is not None and wage > average * 3:
        paid, number = average * 3, min(number, MOST_YEARS)
        steps.append(
            f"月工资超过当地平均工资的3倍：按{yuan(average)} × 3 = {yuan(paid)}算，年限最多12年，N = {plain(number)}"
        )
    amount = cents(paid * number)
    steps.append(f"经济补偿 = {plain(paid)} × {plain(number)} = {yuan(amount)}")
    cap = (
        ()
        if average is not None
        else ("月工资超过当地上年度职工月平均工资3倍的，按3倍算，年限最多12年：高薪的请把当地平均工资告诉我再算。",)
    )
    return Result(
        title="经济补偿金",
        spoken=f"按干了{span(worked)}、月工资{yuan(wage)}算，经济补偿大约{yuan(amount)}，也就是{plain(number)}个月工资。"
        f"单位违法解除的，赔偿金是两倍，{yuan(amount * 2)}。",
        rows=(
            ("经济补偿（N）", yuan(amount)),
            ("没有提前30天通知时加付（N+1）", yuan(amount + wage)),
            ("单位违法解除的赔偿金（2N）", yuan(amount * 2)),
        ),
        steps=tuple(steps),
        basis=(
            law("劳动合同法", "第四十六条"),
            law("劳动合同法", "第四十七条"),
            law("劳动合同法", "第四十条"),
            law("劳动合同法", "第八十七条"),
            law("劳动合同法实施条例", "第二十七条"),
            *((known.basis,) if known and not case.has("average") else ()),
        ),
        notes=(
            *cap,
            "月工资是解除前12个月的平均应得工资，含奖金、津贴；低于当地最低工资的按最低工资算。",
            "自己主动辞职、严重违纪被解除等情形一般没有经济补偿；加付的1个月按上个月工资，只适用于劳动合同法第四十条的情形。",
            "2008年以前的工作年限，按当时的规定算。",
            "有争议可以申请劳动仲裁，以裁决为准。",
        ),
    )


SEVERANCE = Calculator(
    name="severance",
    title="经济补偿金",
    entry="labour-compensation",
    topic=r"经济补偿|裁员|被裁|辞退|解雇|开除|解聘|炒(?:了|鱿鱼)|遣散|补偿金|赔偿金|离职(?:补偿|赔)|n\+1|优化了",
    question=r"多少|几多|几个月|怎么赔|赔偿|能赔|能拿",
    fields=(
        Field(
            name="worked",
            label="在本单位工作的年限",
            kind=Kind.SPAN,
            ask="请问在这家单位一共干了多长时间？比如“3年半”“3年7个月”。",
            where="从入职那天算到解除那天，看劳动合同和离职证明。",
            cue=r"干了|工作了?|做了|入职|待了|上了|工龄",
            low=Decimal("0.01"),
            high=Decimal(55 * 12),
        ),
        Field(
            name="wage",
            label="解除前12个月的月平均工资",
            kind=Kind.MONEY,
            ask="请问解除前12个月平均每月工资多少元？按应发的算，含奖金、津贴。",
            where="看工资条、银行流水或个人所得税App里的收入明细。",
            cue=r"月薪|工资|月收入|每月|每个月|一个月|底薪|薪水|薪资",
            low=Decimal(100),
            high=Decimal(2_000_000),
        ),
        Field(
            name="average",
            label="当地上年度职工月平均工资",
            kind=Kind.MONEY,
            when=Ask.NEVER,
            cue=r"(?:当地|社会|全市|社)平均?工资|社平",
            low=Decimal(1000),
            high=Decimal(100_000),
        ),
    ),
    compute=compute,
)
