"""产假 and 生育津贴 (女职工劳动保护特别规定第七条、第八条; 社会保险法第五十六条)."""

from decimal import Decimal

from knowledge.calculators.model import Ask, Calculator, Case, Field, Kind, Result, law
from knowledge.calculators.regions import Parameter
from knowledge.calculators.shown import cents, yuan

LEAVE, DIFFICULT, FURTHER = 98, 15, 15
LOST = {"流产不满4个月": 15, "流产满4个月": 42}
BABIES = {"双胞胎": 2, "三胞胎": 3}


def national_days(case: Case) -> tuple[int, tuple[str, ...]]:
    """Days under the national rule, and how they came about."""
    event = case.choice("event", "生育")
    if event in LOST:
        return LOST[event], (f"怀孕{event.removeprefix('流产')}流产：{LOST[event]}天",)
    days, steps = LEAVE, [f"生育：{LEAVE}天，其中产前可以休15天"]
    if case.choice("birth_way") == "难产":
        days += DIFFICULT
        steps.append(f"难产（剖宫产按当地认定）：增加{DIFFICULT}天")
    babies = BABIES.get(case.choice("babies"), 1)
    if babies > 1:
        days += FURTHER * (babies - 1)
        steps.append(f"多生{babies - 1}个婴儿：增加{FURTHER * (babies - 1)}天")
    return days, (*steps, f"国家规定合计：{days}天")


def extra(case: Case) -> Parameter | None:
    """The province's longer leave, where it is on record; none after a miscarriage."""
    if case.choice("event", "生育") != "生育":
        return None
    return case.parameter(
        "maternity_extra_more" if case.choice("child") in ("二孩", "三孩") else "maternity_extra_first"
    )


def _child(case: Case) -> str:
    return case.choice("child") or "一孩"


def leave(case: Case) -> Result:
    """Days of leave."""
    days, steps = national_days(case)
    more = extra(case)
    total = days + (int(more.value) if more else 0)
    rows = [("产假合计" if more else "国家规定的产假", f"{total}天"), ("国家规定", f"{days}天")]
    if more:
        rows.append((f"本省延长（{_child(case)}）", f"{int(more.value)}天"))
        steps = (*steps, f"本省{_child(case)}延长{int(more.value)}天，合计{total}天")
    elif case.choice("event", "生育") == "生育":
        rows.append(("本省延长", "各省不同，请问12333"))
    tail = "，含本省延长的天数" if more else "，各省一般还会延长"
    return Result(
        title="产假天数",
        spoken=f"产假是{total}天{tail if case.choice('event', '生育') == '生育' else ''}。",
        rows=tuple(rows),
        steps=steps,
        basis=(law("女职工劳动保护特别规定", "第七条"), *((more.basis,) if more else ())),
        notes=(*_assumed(case), "护理假、育儿假另算；单位有更好规定的按单位的执行。"),
    )


def pay(case: Case) -> Result:
    """The employer's average wage, by the day, for the days of leave."""
    wage = case.number("wage")
    days, steps = national_days(case)
    more = extra(case)
    amount = cents(wage / 30 * days)
    rows = [("生育津贴", yuan(amount)), ("计发天数", f"{days}天"), ("每天", yuan(wage / 30))]
    if more:
        longer = cents(wage / 30 * (days + more.value))
        rows.append((f"当地对延长的{int(more.value)}天也发时", yuan(longer)))
    return Result(
        title="生育津贴估算",
        spoken=f"按{days}天算，生育津贴大约{yuan(amount)}；各省延长的产假发不发津贴，看当地规定。",
        rows=tuple(rows),
        steps=(
            *steps,
            f"生育津贴 = 单位上年度职工月平均工资 ÷ 30 × 天数 = {yuan(wage)} ÷ 30 × {days} = {yuan(amount)}",
        ),
        basis=(
            law("社会保险法", "第五十六条"),
            law("女职工劳动保护特别规定", "第七条"),
            law("女职工劳动保护特别规定", "第八条"),
            *((more.basis,) if more else ()),
        ),
        notes=(
            *_assumed(case),
            "用的是单位上年度职工月平均工资，不是您本人的工资；有的地方按单位月缴费基数、按30.4天折算。",
            "要单位为您缴了生育保险；没有参保的，由单位按您产假前的工资发。",
        ),
    )


def _assumed(case: Case) -> tuple[str, ...]:
    if case.choice("event", "生育") != "生育":
        return ()
    told = [case.choice(name) for name in ("birth_way", "babies", "child") if case.has(name)]
    if len(told) == 3:
        return ()
    return ("没说明的按顺产、单胎、一孩算；难产、多胞胎、二孩三孩请告诉我，我重新算。",)


EVENT = Field(
    name="event",
    label="情形",
    kind=Kind.CHOICE,
    when=Ask.NEVER,
    choices={
        "流产不满4个月": r"(?:不满|未满|不到)[4四]个月.{0,3}流产|流产.{0,8}(?:不满|未满|不到)[4四]个月"
        r"|怀孕?[123一二两三]个月.{0,4}流产|早期流产",
        "流产满4个月": r"(?<!不)(?<!未)满[4四]个月.{0,3}流产|流产.{0,8}(?<!不)(?<!未)满[4四]个月"
        r"|怀孕?[4-9四五六七八九]个月.{0,4}流产|引产",
        "生育": r"生育|生了|生完|生娃|生孩子|顺产|剖|难产|胞胎",
    },
)
MORE = (
    EVENT,
    Field(
        name="birth_way",
        label="分娩方式",
        kind=Kind.CHOICE,
        when=Ask.NEVER,
        choices={"难产": r"难产|剖腹产?|剖宫产?|剖", "顺产": r"顺产|自然分娩"},
    ),
    Field(
        name="babies",
        label="胎数",
        kind=Kind.CHOICE,
        when=Ask.NEVER,
        choices={"双胞胎": r"双胞胎|双胎|两个宝|龙凤胎", "三胞胎": r"三胞胎|三个宝", "单胎": r"单胎|一个宝"},
    ),
    Field(
        name="child",
        label="第几个孩子",
        kind=Kind.CHOICE,
        when=Ask.NEVER,
        choices={
            "一孩": r"[一1]孩|[一头1]胎|第[一1]个|头一个",
            "二孩": r"[二2]孩|[二2]胎|第[二2]个|老二",
            "三孩": r"[三3]孩|(?<!第)[三3]胎|第[三3]个|老三",
        },
    ),
)


BORN = Field(
    name="birth_way",
    label="分娩方式",
    kind=Kind.CHOICE,
    when=Ask.ONCE,
    ask="请问是顺产，还是难产（剖宫产）？双胞胎、第几个孩子、流产，也请一起说。",
    choices=MORE[1].choices,
    needed=lambda given: given.get("event", "生育") == "生育",
)
MATERNITY_LEAVE = Calculator(
    name="maternity_leave",
    title="产假天数",
    entry="maternity-leave-days",
    topic=r"产假|流产假",
    question=r"多少天|几天|多久|多长|多少",
    fields=(EVENT, BORN, *MORE[2:]),
    compute=leave,
)
MATERNITY_PAY = Calculator(
    name="maternity_pay",
    title="生育津贴",
    entry="maternity-allowance-amount",
    topic=r"生育津贴|生育险.{0,6}(?:领|拿|钱)|生育保险.{0,6}(?:领|拿|钱)|产假工资",
    question=r"多少|几多|能领|能拿",
    fields=(
        Field(
            name="wage",
            label="单位上年度职工月平均工资",
            kind=Kind.MONEY,
            ask="请问单位上年度职工月平均工资是多少元？",
            where="可以问单位人事，或到医保经办窗口、12393查单位的月平均缴费工资。",
            cue=r"平均工资|平均|月薪|工资|基数",
            low=Decimal(500),
            high=Decimal(500_000),
        ),
        *MORE,
    ),
    compute=pay,
)
