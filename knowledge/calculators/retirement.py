"""法定退休时间: the gradual delay of 2025.

全国人民代表大会常务委员会关于实施渐进式延迟法定退休年龄的决定 and the 办法 approved with it: from 2025-01 men 60 and
women 55 retire one month later for every four months, women 50 for every two, up to 63, 58 and 55; of one's own will
earlier by up to three years (not before the original age, with the minimum years paid) or later by up to three.
"""

from decimal import Decimal

from core.errors import Misuse
from core.message import Basis
from knowledge.calculators.model import Ask, Calculator, Case, Field, Kind, Result
from knowledge.calculators.shown import age, index, month, span

START = 2025 * 12
"""Month in which the delay began."""
FLEXIBLE = 36
"""Months that one may retire earlier or later."""
RULES = {"男": (60, 4, 36), "干部": (55, 4, 36), "工人": (50, 2, 60)}
"""Original age, months of birth per month of delay, greatest delay in months."""
KINDS = {"男": "男职工", "干部": "原55周岁退休的女职工", "工人": "原50周岁退休的女职工"}
OLDEST = 1925
YOUNGEST = 16
"""Years of age from which one may work (劳动法第十五条): nobody younger has a retirement to plan."""
BASIS = (
    Basis(law="全国人民代表大会常务委员会关于实施渐进式延迟法定退休年龄的决定", article="2024年9月13日"),
    Basis(law="实施弹性退休制度暂行办法", article="人社部发〔2024〕94号"),
)
NOTES = (
    "弹性提前要缴满最低缴费年限，至少提前3个月书面告知单位；弹性延迟要和单位协商一致，至少提前1个月书面明确。",
    "从事井下、高空、高温、特别繁重体力劳动等特殊工种，或者完全丧失劳动能力的，可以申请提前退休，不在这里计算。",
    "出生年月以经办机构认定的为准。",
)


def delay(kind: str, born: int) -> int:
    """Months of delay of somebody of that kind (RULES) born in month `born`."""
    original, step, most = RULES[kind]
    after = born + original * 12 - START
    return 0 if after < 0 else min(after // step + 1, most)


def minimum_years(year: int) -> Decimal:
    """Years to have paid for the monthly pension by somebody reaching the age in that year: 15, from 2030 up to 20."""
    return Decimal(15) + Decimal(min(max(year - 2029, 0), 10)) / 2


def compute(case: Case) -> Result:
    """One table row, or both for a woman who does not know her post."""
    born = _born(case)
    kind = "男" if case.choice("sex") == "男" else case.choice("post")
    if kind in RULES:
        return _one(kind, born)
    return _both(born)


def _born(case: Case) -> int:
    written = case.given.get("birth", "")
    if len(written) != 7:
        raise Misuse("missing_value", "请告诉我出生年月，比如“1970年5月”。")
    born, today = index(written), case.on.year * 12 + case.on.month - 1
    if born < OLDEST * 12 or born > today - YOUNGEST * 12:
        raise Misuse("bad_value", f"出生年月应当在{OLDEST}年到{month(today - YOUNGEST * 12)}之间，请再核对一下。")
    return born


def _one(kind: str, born: int) -> Result:
    original = RULES[kind][0]
    late = delay(kind, born)
    first, due = born + original * 12, born + original * 12 + late
    earliest = max(first, due - FLEXIBLE)
    least = minimum_years(due // 12)
    rows = (
        ("人员类别", KINDS[kind]),
        ("法定退休年龄", age(original * 12 + late)),
        ("法定退休时间", month(due)),
        ("延迟", span(late) if late else "不延迟"),
        ("弹性提前最早", month(earliest) if earliest < due else "不能再提前"),
        ("弹性延迟最晚", month(due + FLEXIBLE)),
        ("最低缴费年限", span(least * 12)),
    )
    return Result(
        title="法定退休时间",
        spoken=f"您的法定退休时间是{month(due)}，{age(original * 12 + late)}。"
        f"按月领养老金，到那时要累计缴满{span(least * 12)}。",
        rows=rows,
        steps=_steps(kind, born, late, due),
        basis=BASIS,
        notes=NOTES,
    )


def _steps(kind: str, born: int, late: int, due: int) -> tuple[str, ...]:
    original, step, most = RULES[kind]
    first = born + original * 12
    lines = [f"原退休时间：{month(born)} + {original}年 = {month(first)}"]
    if not late:
        lines.append("原退休时间在2025年1月之前，不延迟。")
    else:
        lines.append(f"从2025年1月起每{step}个月延迟1个月，最多{most}个月：")
        lines.append(
            f"2025年1月到{month(first)}相隔{first - START}个月，{first - START}÷{step}取整再加1，延迟{late}个月"
        )
        lines.append(f"法定退休时间：{month(first)} + {late}个月 = {month(due)}")
    return tuple(lines)


def _both(born: int) -> Result:
    first, second = _one("干部", born), _one("工人", born)
    pairs = [(KINDS[kind], dict(one.rows)) for kind, one in (("干部", first), ("工人", second))]
    rows = tuple((f"{name}：{row}", values[row]) for name, values in pairs for row in ("法定退休年龄", "法定退休时间"))
    whens = [values["法定退休时间"] for _, values in pairs]
    return Result(
        title="法定退休时间",
        spoken=f"要看退休前的岗位：原来55岁退休的，是{whens[0]}；原来50岁退休的，是{whens[1]}。",
        rows=rows,
        steps=("原55周岁退休的：", *first.steps, "原50周岁退休的：", *second.steps),
        basis=BASIS,
        notes=(
            "女职工在管理、技术岗位一般原为55周岁，在生产、工勤岗位一般原为50周岁，以单位和经办机构认定的岗位为准。",
            *NOTES,
        ),
    )


RETIREMENT = Calculator(
    name="retirement",
    title="法定退休时间",
    entry="retirement-when",
    topic=r"退休(?!金|工资|待遇|证|费)",
    question=r"什么时候|啥时候|何时|哪年|哪一年|几岁|多少岁|多大|几几年|几时|几月",
    fields=(
        Field(
            name="birth",
            label="出生年月",
            kind=Kind.MONTH,
            ask="请问是哪年哪月出生的？比如“1970年5月”。",
            where="出生年月看身份证；和档案不一致的，以经办机构认定的为准。",
            cue=r"出生|生于|生日|生的",
        ),
        Field(
            name="sex",
            label="性别",
            kind=Kind.CHOICE,
            ask="请问是男职工还是女职工？",
            where="请直接说“男”或者“女”。",
            choices={
                "男": r"男|先生|我爸|父亲|爸爸|老公|丈夫|我哥|我弟",
                "女": r"女|我妈|母亲|妈妈|老婆|妻子|我姐|我妹",
            },
        ),
        Field(
            name="post",
            label="岗位",
            kind=Kind.CHOICE,
            when=Ask.ONCE,
            ask="女职工看岗位：是管理、技术岗位（原55岁退休），还是生产、工勤岗位（原50岁退休）？不清楚就说“不知道”。",
            choices={
                "干部": r"干部|管理|技术(?!工)|55岁?|五十五岁?|职员|白领|公务员|教师|老师",
                "工人": r"工人|生产|工勤|50岁?|五十岁?|车间|一线|流水线",
            },
            needed=lambda given: given.get("sex") != "男",
        ),
    ),
    compute=compute,
)
