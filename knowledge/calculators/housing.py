"""公积金提取 and 公积金贷款额度 (住房公积金管理条例第二十四条、第二十六条). Multiples and caps are each city's own."""

from decimal import Decimal

from core.errors import Misuse
from core.message import Basis
from knowledge.calculators.model import Ask, Calculator, Case, Field, Kind, Result, law
from knowledge.calculators.regions import Parameter
from knowledge.calculators.shown import cents, plain, yuan

SPENT_ONLY = Basis(law="关于住房公积金管理若干具体问题的指导意见", article="建金管〔2005〕5号")
BALANCE = Field(
    name="balance",
    label="公积金账户余额",
    kind=Kind.MONEY,
    ask="请问公积金账户余额有多少元？",
    where="余额可以在全国住房公积金小程序或当地公积金中心查，也可以打12329。",
    cue=r"余额|账户里?|帐户里?|公积金有|里面有",
    high=Decimal(10_000_000),
)


def withdrawal(case: Case) -> Result:
    """For a dwelling: no more than was spent, than there is, than the city's cap."""
    balance, spent, cap = case.number("balance"), case.number("spent"), case.optional("cap")
    amount = min(value for value in (balance, spent, cap) if value is not None)
    capped = f"、当地限额{yuan(cap)}" if cap is not None else ""
    return Result(
        title="公积金提取估算",
        spoken=f"按您说的数，最多大约能提取{yuan(amount)}。",
        rows=(("最多提取", yuan(amount)), ("账户余额", yuan(balance)), ("实际支出", yuan(spent))),
        steps=(f"取小的一个：余额{yuan(balance)}、实际支出{yuan(spent)}{capped} = {yuan(amount)}",),
        basis=(law("住房公积金管理条例", "第二十四条"), SPENT_ONLY),
        notes=(
            "租房、购房、还贷提取的次数和限额由各市定，有的要留一部分余额，请问12329。",
            "离休、退休、出境定居等情形可以全部提取并销户。",
        ),
    )


def loan(case: Case) -> Result:
    """Balance times the city's multiple, up to its cap and to what the price leaves after the first payment."""
    balance, times, cap = case.number("balance"), _local(case, "times"), _local(case, "cap")
    price, down = case.optional("price"), case.optional("down")
    rough = cents(balance * times)
    limits = [rough, cap]
    steps = [f"账户余额 × 倍数 = {plain(balance)} × {plain(times)} = {yuan(rough)}", f"当地最高额：{yuan(cap)}"]
    if price is not None and down is not None:
        limits.append(cents(price * (100 - down) / 100))
        steps.append(f"房价 ×（1 - 首付{plain(down)}%）= {yuan(limits[-1])}")
    amount = min(limits)
    return Result(
        title="公积金贷款额度估算",
        spoken=f"按您说的数，公积金大约能贷{yuan(amount)}。",
        rows=(("大约能贷", yuan(amount)), ("按余额倍数算", yuan(rough)), ("当地最高额", yuan(cap))),
        steps=(*steps, f"取最小的一个：{yuan(amount)}"),
        basis=(law("住房公积金管理条例", "第二十六条"), *(p.basis for p in _parameters(case))),
        notes=(
            "各市的算法不同：有的按余额倍数，有的看还款能力和缴存年限，以当地公积金中心为准，请问12329。",
            "还要连续足额缴存满当地规定的期限，并看征信和还款能力。",
        ),
    )


def _local(case: Case, name: str) -> Decimal:
    known = case.parameter(f"housing_{name}")
    value = case.optional(name)
    if value is not None:
        return value
    if known is None:
        raise Misuse("missing_value", LOAN.field(name).ask)
    return known.value


def _parameters(case: Case) -> tuple[Parameter, ...]:
    names = [name for name in ("times", "cap") if not case.has(name)]
    return tuple(known for name in names if (known := case.parameter(f"housing_{name}")))


WITHDRAWAL = Calculator(
    name="housing_withdrawal",
    title="公积金提取",
    entry="housing-fund-withdraw",
    topic=r"公积金.{0,12}(?:提取|取|提)|(?:提取?|取).{0,6}公积金",
    question=r"多少|几多|能取|能提",
    fields=(
        BALANCE,
        Field(
            name="spent",
            label="实际住房支出",
            kind=Kind.MONEY,
            ask="请问实际的住房支出是多少元？比如付的房租、首付或者还的贷款。",
            where="看合同、发票或还贷记录。",
            cue=r"支出|花了?|首付|房租|租金|还贷|还了",
        ),
        Field(name="cap", label="当地提取限额", kind=Kind.MONEY, when=Ask.NEVER, cue=r"限额|最多提|最多取"),
    ),
    compute=withdrawal,
)
LOAN = Calculator(
    name="housing_loan",
    title="公积金贷款额度",
    entry="housing-fund-loan",
    topic=r"公积金(?!.*(?:提取|取出|还贷|房贷)).*贷|贷.{0,6}公积金",
    question=r"多少|几多|额度|能贷",
    fields=(
        BALANCE,
        Field(
            name="times",
            label="余额倍数",
            kind=Kind.TIMES,
            ask="请问当地规定可贷余额的多少倍？各市不一样，比如“15倍”。",
            where="倍数由各市公积金管委会定，请问12329。",
            cue=r"倍数",
            low=Decimal(1),
            high=Decimal(100),
            bounds="倍数应当在1到100之间，请再核对一下。",
        ),
        Field(
            name="cap",
            label="当地最高贷款额",
            kind=Kind.MONEY,
            ask="请问当地公积金贷款最高额是多少元？个人和家庭不一样。",
            where="最高额由各市定，请问12329。",
            cue=r"最高额?|上限|封顶|最多",
            low=Decimal(10_000),
        ),
        Field(
            name="price",
            label="房价",
            kind=Kind.MONEY,
            when=Ask.NEVER,
            cue=r"房价|总价|房款",
            high=Decimal(200_000_000),
        ),
        Field(name="down", label="首付比例", kind=Kind.PERCENT, when=Ask.NEVER, cue=r"首付", high=Decimal(100)),
    ),
    compute=loan,
)
