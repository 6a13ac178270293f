"""What must be heard in every state, before any model: danger, and the wish for a person. Plain patterns, tested.

A question *about* an emergency ("触电算不算工伤") is no call for help; a mention of staff ("人工耳蜗能报销吗",
"不要转人工") is no hand-over. Lists of both stand in nlu_data/heldout/. What these patterns miss, the dialogue engine's
intent `ask_human` may still catch.
"""

import re
from dataclasses import dataclass

_STAFF = (
    r"(?:人工|真人|活人|大活人|客服|坐席|座席|话务员|接线员|办事员|工作人员|专员|柜员"
    r"|值班的人|窗口的人|窗口人员|(?:社保局|医保局|公积金中心|局里|你们那|你们|中心)的?人)"
)
_BOSS = r"(?:领导|负责人|管事儿?的|经理|同志|同事|主管)"
_NOT_STAFF = (
    r"(?!智能|耳蜗|晶体|流产|授精|关节|心脏|费|成本|湖|降雨|繁育|受孕|瓣膜|牙|髋|膝|肾"
    r"|审|核|填|录|鉴|判|费用|操作|窗口办理)"
)
_NOT = (
    r"(?:不要|不用|不想|不需要|不必|别|甭|无需|先不|不是要|没想|不打算|用不着|没必要|取消|没说要"
    r"|没让你|谁让你|谁要你|谁说要|干嘛|怎么又|又给我)"
)
_BRING = (
    r"(?:转接|转到|转|接通|接到|接|切换到|切换|切到|切|换成|换到|换"
    r"|呼叫|联系|连线|安排|找到|找|寻|叫|喊|请|要|来|整|弄|派|给我|让)"
)
_BIT = r"(?:一下|一个|一位|个|位|到|你们|你们的|给我|给俺|给|的|回|帮我|我|下|那个|这边的?)*"
_TALK = r"(?:说|聊|谈|讲|唠|沟通|对话|交流|来|问|回|回答|接|处理|解决|服务|帮)"
_END = r"[吧啊呀呢哈咯嘛了行吗不急快点谢请!！。.？?~，, ]*$"

_PERSON = re.compile(
    rf"""
      {_BRING}{_BIT}{_STAFF}{_NOT_STAFF}
    | (?:跟|和|同|与|找|叫|让|请|喊){_BIT}{_STAFF}(?:直接)?{_TALK}
    | (?:有没有|有无|有|在不在){_STAFF}{_NOT_STAFF}.{{0,6}}{_END}
    | [，,。！!]{_STAFF}(?:呢|吧)?{_END}
    | {_STAFF}(?:服务|客服|坐席)*(?:在哪里?|没得)?(?:给我接|帮我转|帮我接)
    | {_STAFF}(?:服务|客服|坐席)*(?:在吗|在不在|有吗|有没有|来一个|来个|接一下|出来)
    | ^(?:我?要|还是|快|赶紧|请|那就?)*(?:{_STAFF}(?:服务|客服|坐席)*)+(?:呢|没得)?{_END}
    | (?:想|要|能不能|可以|可不可以|我要|麻烦|让|请)(?:跟|和|找|叫)?{_BIT}人(?:直接)?(?:跟我|和我)?{_TALK}
    | (?:跟|和|找|叫|让|来|换|喊|整){_BIT}(?:真的|能说话的|会说话的|懂的|管事的|真)?人(?:直接)?(?:{_TALK}|{_END})
    | (?:我要|我只要|我就要|换|给我)(?:个|一个)?人{_END}
    | (?:跟|和)(?:真人|活人|人)(?:说|聊|谈|讲|沟通)
    | (?:不|别)(?:想|要|愿意)?(?:再)?(?:跟|和|让)(?:这个|你这)?(?:机器人?|电脑|程序|AI|ai)(?:说|聊|讲|回)
    | 接到?{_BIT}人(?:那边|那里|那儿|手上)
    | [转赚专砖传][人仁认任][工公功攻]
    | (?:叫|喊|找|请|让|把)(?:下|一下|个|你们|你们的)*{_BOSS}.{{0,3}}(?:{_TALK}|{_END})
    | (?:跟|和)(?:你们的?)?{_BOSS}(?:直接)?{_TALK}
    | zhuan\s*ren\s*gong | ren\s*gong\s*(?:fu\s*wu|ke\s*fu)
    | (?:transfer|talk|speak)\s+to\s+(?:a\s+|an\s+)?(?:human|agent|person|operator|staff)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_REFUSED = re.compile(rf"{_NOT}(?:再|给我|帮我|你|先|去|把我|要|老)*{_BRING}?{_BIT}(?:{_STAFF}|人)(?:了|服务|客服)*")
_ASKED_ABOUT = re.compile(
    rf"""{_STAFF}(?:服务|客服|坐席)?(?:是|的)?(?:几点|什么时候|什么时间|上班|下班|工作时间|服务时间|时间|几号|周末|休息|电话是|要?收|要钱|值班)
    | (?:晚上|夜里|星期.?|周末|周[一二三四五六日]|节假日|放假|中午|凌晨).{{0,6}}{_STAFF}(?!.{{0,3}}(?:快|急|接))
    | (?:昨天|前天|上次|刚才|上周|之前|以前|早上|上午|下午|说是|听).{{0,8}}{_STAFF}.{{0,4}}(?:说|讲|告诉|让我|答复|态度)
    | 残疾人工|农民工人工|个人工伤|(?<!人)工人工|人民币|人工作|本人工|病人工|老人工
    """,
    re.VERBOSE,
)

_QUESTION_ABOUT = re.compile(
    r"报销|医保|待遇|补贴|赔偿|赔不赔|工伤|认定|抚恤|丧葬|保险|生育险|险报|救助金|条件|材料|手续|怎么算|多少钱|费用|备案|住院|户口"
    r"|注销|补办|证件|身份证|证明|规定|政策|能不能领|领取|补偿|职业病|鉴定|津贴|低保|怎么申请|犯法吗|算不算|能办|能报警吗|有用吗|谁出|药费|政府|请多少天|病退|后遗症|送急诊|快要生"
)
_PAST = re.compile(
    r"(?:(?:火灾|失火|着火|起火|爆炸)(?:以|之)?后|去年|前年|上个?月|上周|昨天|前几天|以前|之前|曾经|当年|小时候|如果|假如|万一|要是|要不要)"
)
_DISTRESS = re.compile(
    r"不想活|想自杀|要自杀|去自杀|(?:我|真|好|就|只)想死|活不下去|活够了|想跳楼|要跳楼|去跳楼|跳楼算了|(?:楼顶|天台|桥上|江边|河边).{0,6}跳"
    r"|轻生|结束(?:自己的?)?生命|割腕|(?:我|想|要|准备)喝农药|死了算了|死了就解脱|一死了之|自我了断|想上吊|一了百了|走绝路|寻短见|不如死了"
    r"|不想撑了|撑不下去了|遗书"
)
_POLICE = re.compile(
    r"(?:有人|有个|他|她|老公|丈夫|老婆|邻居|隔壁|债主|我爸|我妈|男的|歹徒|坏人|外头|门口|楼下).{0,10}"
    r"(?:打我|砍|持刀|拿刀|动刀|刀子|捅|抢劫|抢我|抢走|绑架|威胁我|跟踪我|跟着我|要杀|强奸|猥亵|打得惨叫|打老婆|撬门|砸门)"
    r"|(?:正在|被|遭|遇到).{0,6}(?:抢劫|绑架|入室|家暴|殴打|行凶|追杀|强奸|抱走|拐走|关在|锁在|不让我走)"
    r"|救命|报警|叫警察|快.{0,3}警察|(?:进|来|有)(?:了)?(?:小偷|贼)|打架.{0,4}刀|孩子(?:不见|丢了|被人)|骗子.{0,10}(?:转钱|转账|汇款)|正在.{0,2}转(?:钱|账)"
)
_FIRE = re.compile(
    r"着火|起火|失火|火灾|烧起来|冒(?:浓|黑)?烟|全是烟|(?:煤气|燃气|天然气)(?:泄漏|漏|味)|爆炸"
    r"|(?:被?困)(?:在|电梯)|困在|发大水|淹(?:到|了).{0,6}(?:房|屋|楼)|(?:楼|房|墙).{0,2}塌|压在(?:下面|底下)|掉(?:进|到)?.{0,2}(?:井|河|水|坑|冰)|溺水"
)
_MEDICAL = re.compile(
    r"晕倒|昏迷|昏过去|没(?:有)?呼吸|没气了|喘不(?:过|上).?气|呼吸困难|胸口.{0,4}(?:疼|痛|闷).{0,6}(?:喘|冷汗|不行|突然)|突然胸口|大出血|流了?(?:好|很)?多血"
    r"|血?止不住|心脏病发|(?:突发|犯)(?:心梗|脑梗)|(?:心梗|脑梗|中风)(?:发作|发了|了)|叫不醒|抽搐|抽筋翻白眼|翻白眼|休克|服毒|喝(?:了)?农药|煤气中毒|触电|卡住了?.{0,6}(?:紫|气|喉)"
    r"|吃错药|吞了|羊水破|撞(?:了|倒).{0,6}(?:人|血)|从.{0,4}(?:楼上|高处).{0,4}(?:摔|掉)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """Something that cannot wait."""

    sentence: str
    """Name of the fixed sentence to say."""
    trigger: str
    """Which pattern spoke: 110, 119, 120 or distress."""


def danger(text: str) -> Danger | None:
    """An emergency that is happening, or a person in despair; a question about rules that names one is neither."""
    squeezed = re.sub(r"\s+", "", text)
    if _QUESTION_ABOUT.search(squeezed):
        return None
    if _DISTRESS.search(squeezed):
        return Danger(sentence="utter_emergency_distress", trigger="distress")
    if _PAST.search(squeezed):
        return None
    for pattern, number in ((_FIRE, "119"), (_MEDICAL, "120"), (_POLICE, "110")):
        if pattern.search(squeezed):
            return Danger(sentence=f"utter_emergency_{number}", trigger=number)
    return None


def wants_person(text: str) -> bool:
    """True when the citizen asks for a person, in any wording; "不要转人工" does not."""
    squeezed = text if text.isascii() else re.sub(r"[\s·]+", "", text)
    if _ASKED_ABOUT.search(squeezed):
        return False
    return _PERSON.search(_REFUSED.sub("", squeezed)) is not None


_WITHDRAW = re.compile(
    r"^(?:算了|不用了|不等了|不排了|不转了|不要人工了?|不找人了|取消|退出(?:排队)?|别转了?)[吧啊了。!！~ ]*$"
)


def withdraws(text: str) -> bool:
    """True for a bare 算了 / 不等了 / 取消."""
    return _WITHDRAW.match(text.strip()) is not None
