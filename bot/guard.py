"""What must be heard in every state, before any model: danger, and the wish for a person. Plain patterns, tested.

Each pattern list is ordered by how much it matters. A question *about* an emergency number or about self-service for
people ("人工耳蜗能报销吗") is no call for help and no hand-over; the tests hold such sentences.
"""

import re
from dataclasses import dataclass

_NOT = r"(?:不要|不用|不想|不需要|不必|别|甭|无需|先不|不是要|没想|不打算|用不着|没必要|取消|千万别)"
_STAFF = r"(?:人工|真人|活人|客服|坐席|座席|话务员|接线员|工作人员|人工服务|人工客服|人工坐席|专人|柜员)"

_PERSON = re.compile(
    rf"""
      (?:转|接|换|叫|找|要|呼叫|联系|接通|连线|切换?到?|转接|帮我接|给我接|给我找|请)(?:一下|一个|个|位|到|你们|给|的|回)*{_STAFF}
    | (?:有没有|有无|有)(?:没)?{_STAFF}(?:服务|客服|坐席)*(?:吗|没有|可以|能)?[啊呀呢!！。.？?~]*$
    | {_STAFF}(?:服务|客服|坐席)?(?:在吗|在不在|有吗|呢|来一个|来个|接一下|帮我|处理|跟我说|和我说|聊)
    | ^(?:我?要)?{_STAFF}(?:服务|客服|坐席)*[吧啊呀呢!！。.？?~ ]*$
    | (?:跟|和|同|与)(?:一个|个)?(?:真人|活人|人工|工作人员|客服|真的人)(?:说|聊|谈|讲|沟通|对话)
    | (?:想|要|能不能|可以|可不可以|我要|麻烦)(?:跟|和|找|叫)(?:个|一个|你们)?人(?:说|聊|谈|讲|来|问问|沟通|$)
    | (?:找|换|叫|来|要)(?:个|一个)(?:真的|能说话的|会说话的|懂的|管事的|你们的)?人(?:来|跟|和|说|帮|吧|行|$|[，。！!])
    | (?:不|别)(?:想|要)?(?:跟|和)(?:机器人?|电脑|程序|你个机器)(?:说|聊|讲)
    | zhuan\s*ren\s*gong | ren\s*gong\s*(?:fu\s*wu|ke\s*fu)
    | (?:transfer|talk|speak)\s+to\s+(?:a\s+|an\s+)?(?:human|agent|person|operator|staff)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PERSON_NEGATED = re.compile(rf"{_NOT}(?:再|给我|帮我|你|先|去)*(?:转|接|换|叫|找|要|联系)?(?:到|个|一个|给)*{_STAFF}")
_PERSON_ASKED_ABOUT = re.compile(
    rf"""人工(?:智能|耳蜗|晶体|流产|授精|关节|心脏|费|成本|湖|降雨|繁育|受孕|瓣膜|牙|髋|膝|肾)
    | {_STAFF}(?:服务|客服|坐席)?(?:是|的)?(?:几点|什么时候|什么时间|上班时间|工作时间|服务时间|时间|几号|周末|电话是)
    | (?:怎么|如何|怎样|咋)(?:才能|样|能)?(?:转|接|找|联系)(?:到)?{_STAFF}.{{0,6}}(?:电话|规定|流程)
    """,
    re.VERBOSE,
)
_QUESTION_ABOUT = re.compile(
    r"报销|医保|待遇|补贴|赔偿|工伤|认定|抚恤|丧葬|保险|救助|条件|材料|手续|怎么算|多少钱|费用|备案|住院|户口|注销|补办|证件|身份证|证明|规定|政策|能不能领|领取"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """Something that cannot wait."""

    sentence: str
    """Name of the fixed sentence to say."""
    trigger: str
    """Which pattern spoke: 110, 119, 120 or distress."""


_DISTRESS = re.compile(
    r"(?:我|真的?|都|只)?(?:不想活|想自杀|要自杀|去自杀|想死|活不下去|活够了|不想活了|想跳楼|要跳楼|去跳楼|跳楼算了|想轻生|想结束生命|割腕|喝农药|死了算了|自我了断|想上吊)"
)
_POLICE = re.compile(
    r"(?:有人|他|她|老公|丈夫|老婆|邻居|债主|我爸|我妈|男的|歹徒|坏人).{0,8}(?:打我|砍|持刀|拿刀|捅|抢劫|绑架|威胁我|跟踪我|要杀|强奸|猥亵)"
    r"|(?:正在|被|遭|遇到).{0,4}(?:抢劫|绑架|入室|家暴|殴打|行凶|追杀|强奸)|救命|快报警|有小偷进"
)
_FIRE = re.compile(r"(?:着火|起火|失火|火灾|冒烟|煤气泄漏|燃气泄漏|爆炸|被困(?:在|电梯)|困在电梯)")
_MEDICAL = re.compile(
    r"(?:晕倒|昏迷|昏过去|没呼吸|没有呼吸|喘不过气|呼吸困难|大出血|止不住血|心脏病发|心梗发|突发心梗|中风了|叫不醒|抽搐|休克|服毒|煤气中毒|触电|溺水|吃错药|吞了)"
)
_PAST = re.compile(r"(?:(?:火灾|失火|着火|起火|爆炸)(?:以|之)?后|去年|前年|上个?月|以前|之前|曾经|如果|假如|万一|算不算|算不算工伤|是不是工伤|能算)")


def danger(text: str) -> Danger | None:
    """An emergency that is happening, or a person in despair; a question about rules that names one is neither."""
    if _DISTRESS.search(text):
        return Danger(sentence="utter_emergency_distress", trigger="distress")
    if _QUESTION_ABOUT.search(text) or _PAST.search(text):
        return None
    for pattern, number in ((_FIRE, "119"), (_MEDICAL, "120"), (_POLICE, "110")):
        if pattern.search(text):
            return Danger(sentence=f"utter_emergency_{number}", trigger=number)
    return None


def wants_person(text: str) -> bool:
    """True when the citizen asks for a person, in any wording; "不要转人工" does not."""
    squeezed = re.sub(r"[\s·]+", "", text) if not text.isascii() else text
    if _PERSON_ASKED_ABOUT.search(squeezed):
        return False
    without_refusals = _PERSON_NEGATED.sub("", squeezed)
    return _PERSON.search(without_refusals) is not None


_WITHDRAW = re.compile(
    r"^(?:算了|不用了|不等了|不排了|不转了|不要人工了?|不找人了|取消|退出(?:排队)?|别转了?)[吧啊了。!！~ ]*$"
)


def withdraws(text: str) -> bool:
    """True for a bare 算了 / 不等了 / 取消."""
    return _WITHDRAW.match(text.strip()) is not None
