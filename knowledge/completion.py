"""Completes a question that leans on the last one: 那断缴了呢 after a question about 医保 asks about 医保断缴.

Nothing is understood here: a few ways of completing the words are proposed, and the search says which it knows best.
"""

import re

_OPENING = re.compile(
    r"^(?:那么?|还有|另外|要是|如果|假如|若是|比如|换成|要换|然后|可是|但是|不过|哦|噢|嗯|好的|[,，、。 ])+"
)
_ENDING = re.compile(r"(?:的话|怎么算|咋样|怎么样|怎样|怎么办|咋办)?[呢嘛吗呀啊吧哈？?。！!~～ ]*$")
_TAIL = re.compile(r"[呢嘛呀啊吧哈？?。！!~～ ]+$")
_KINDS: tuple[tuple[str, ...], ...] = (
    (
        "灵活就业人员", "灵活就业", "自由职业者", "自由职业", "个体工商户", "个体户", "企业职工", "在职职工", "职工",
        "城乡居民", "居民", "退休人员", "退休职工", "失业人员", "农民工", "农民", "公务员", "大学生", "学生", "新生儿",
        "小孩", "孩子", "老人", "残疾人", "外地人", "外国人", "单位", "公司", "个人", "男职工", "女职工", "男的",
        "女的", "男方", "女方", "父母", "爸妈", "配偶",
    ),
    (
        "城乡居民养老保险", "城乡居民养老", "居民养老保险", "职工养老保险", "基本养老保险", "养老保险", "职工医保",
        "城乡居民医保", "居民医保", "医疗保险", "医保", "失业保险", "工伤保险", "生育保险", "住房公积金", "公积金",
        "养老", "失业", "工伤", "生育", "社会保险", "社保",
    ),
    (
        "电子社保卡", "社保卡", "医保卡", "医保码", "临时身份证", "身份证", "居住证", "户口簿", "户口本", "结婚证",
        "离婚证", "营业执照", "残疾证",
    ),
    (
        "养老金", "失业金", "失业保险金", "生育津贴", "伤残津贴", "经济补偿", "高龄津贴", "低保金", "产假", "陪产假",
        "护理假", "育儿假", "年假",
    ),
    ("住院", "门诊", "急诊", "慢性病", "大病"),
    (
        "补办", "换领", "挂失", "激活", "注销", "变更", "申领", "转移", "提取", "贷款", "查询", "补缴", "断缴", "停缴",
        "退费",
    ),
)  # fmt: skip
"""Words of one kind stand in for each other: 职工的呢 after a question about 灵活就业人员."""
_MATTERS = (1, 2, 3)
"""Kinds that say what a question is about; these are carried over."""
_WHO = 0


def bare(text: str) -> str:
    """What is left of a follow-up without its opening and closing words: 那退休的呢 is about 退休."""
    opened = _OPENING.sub("", text.strip())
    left = _TAIL.sub("", opened)
    return left.removesuffix("的") if len(left) > 2 else left


def readings(text: str, *, subject: str, question: str) -> tuple[str, ...]:
    """The complete questions that a follow-up may mean, likeliest first, each once.

    `subject` and `question` are those of the entry answered last.
    """
    rest = bare(text)
    if not rest:
        return (question,)
    proposed = [_swapped(rest, question)]
    if proposed[0] and any(_first(rest, _KINDS[kind]) for kind in _MATTERS):
        return tuple(proposed)
    if any(_first(rest, _KINDS[kind]) for kind in _MATTERS):
        proposed.append(rest)
    else:
        proposed += [_topic(rest, subject, question) + rest, f"{subject} {rest}"]
    return tuple(dict.fromkeys(filter(None, proposed)))


def _swapped(rest: str, question: str) -> str:
    """The last question with the one word exchanged that was said anew; empty where that does not fit."""
    core = _ENDING.sub("", rest).removesuffix("的")
    for kind in _KINDS:
        if core in kind:
            there = _first(question, kind, like=core)
            return question.replace(there, core, 1) if there and there != core else ""
    return ""


def _topic(rest: str, subject: str, question: str) -> str:
    """Who and what the talk is about, as far as the follow-up does not say it itself."""
    words = [_first(question, _KINDS[kind]) or _first(subject, _KINDS[kind]) for kind in (_WHO, *_MATTERS)]
    if _first(rest, _KINDS[_WHO]):
        words[0] = ""
    return "".join(word for word in words if not any(word != other and word in other for other in words))


def _first(text: str, kind: tuple[str, ...], like: str = "") -> str:
    """The word of that kind in the text that shares most characters with `like`; then the first; then the longest."""
    found = [(-len(set(word) & set(like)), text.index(word), -len(word), word) for word in kind if word in text]
    return min(found)[3] if found else ""
