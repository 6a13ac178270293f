"""Hidden words are found, innocent ones are not, and the lists decide what becomes of a message."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge.sensitive.level import level, places
from knowledge.sensitive.lists import STARTER
from knowledge.sensitive.matching import Action, Judgement, WordList, Words


def words(*found: str, action: Action = Action.BLOCK, whole: bool = False) -> Words:
    return Words([WordList(name="list", action=action, whole_words=whole, words=found)])


@pytest.mark.parametrize(
    "said",
    [
        "赌博",
        "赌 博",
        "赌-博",
        "赌*博",
        "赌。。博",
        "賭博",
        "赌\u200b博",
        "赌😀博",
        "赌\n博",
        "【赌】【博】",
        "我要赌博吗",
        "賭　博",
    ],
)
def test_spellings_of_a_word_are_one(said: str) -> None:
    judged = words("赌博").judge(said)
    assert judged is not None and judged.action == "block"


@pytest.mark.parametrize("said", ["ＶＸ号", "vx号", "V X 号", "v.x.号", "𝐕𝐗号", "Ⓥx号"])
def test_letters_are_levelled(said: str) -> None:
    assert words("vx号").judge(said) is not None


@pytest.mark.parametrize(
    ("word", "said", "hit"),
    [
        ("法轮", "司法轮训什么时候开始", False),
        ("sb", "usb接口坏了", False),
        ("sb", "你是sb吗", True),
        ("赌博", "我爱赌，博物馆也爱", False),
        ("赌博", "举报有人赌博", True),
        ("小姐", "杭小姐姐", False),
    ],
)
def test_whole_words_do_not_hit_within_others(word: str, said: str, hit: bool) -> None:
    assert (words(word, whole=True).judge(said) is not None) is hit


def test_masks_cover_the_whole_hit_and_nothing_else() -> None:
    judged = words("赌博", action=Action.MASK).judge("他在 賭 - 博 呢，别赌了")
    assert judged is not None
    assert judged.shown == "他在 * * * 呢，别赌了"


def test_the_strictest_list_decides_and_a_person_reads_the_words() -> None:
    lists = [
        WordList(name="soft", action=Action.MASK, whole_words=False, words=["坏话"]),
        WordList(name="help", action=Action.HAND_OVER, whole_words=False, words=["活不下去"]),
        WordList(name="hard", action=Action.BLOCK, whole_words=False, words=["广告"]),
    ]
    both = Words(lists).judge("坏话，我活不下去了")
    assert both == Judgement(action="hand_over", shown="**，我活不下去了", lists=("help", "soft"))
    all_three = Words(lists).judge("坏话活不下去广告")
    assert all_three is not None and (all_three.action, all_three.lists) == ("block", ("hard", "help", "soft"))


def test_what_is_allowed_is_no_hit() -> None:
    lists = Words(
        [
            WordList(name="hard", action=Action.BLOCK, whole_words=False, words=["六合彩"]),
            WordList(name="free", action=Action.ALLOW, whole_words=False, words=["举报六合彩"]),
        ]
    )
    assert lists.judge("我要举报六合彩") is None
    assert lists.judge("六合彩内幕，我要举报六合彩") is not None


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=6), max_size=8), st.sampled_from(list(Action)))
def test_any_text_and_any_words(said: str, listed: list[str], action: Action) -> None:
    lists = Words([WordList(name="x", action=action, whole_words=False, words=listed)])
    judged = lists.judge(said)
    levelled = level(said)
    assert len(places(said)) == len(levelled)
    assert places(said) == sorted(places(said))
    expected = any(level(word) and level(word) in levelled for word in listed) and action is not Action.ALLOW
    assert (judged is not None) is expected
    if judged is not None:
        assert len(judged.shown) == len(said)
        if action is Action.MASK:
            assert all(not level(word) or level(word) not in level(judged.shown) for word in listed)


def test_what_is_shipped_blocks_advertising_and_no_citizen() -> None:
    shipped = yaml.safe_load(STARTER.read_text(encoding="utf-8"))["lists"]
    lists = Words(
        WordList(name=one["name"], action=Action(one["action"]), whole_words=one["whole_words"], words=one["words"])
        for one in shipped
    )
    for said in ["黑户可贷，无抵押秒放款", "代提 公 积 金", "加V信看六合彩特码"]:
        assert (judged := lists.judge(said)) is not None and judged.action == "block"
    for said in [
        "公积金怎么提取",
        "代提公积金是不是骗人的",
        "我被刷单返佣骗了两万",
        "举报在线赌博平台",
        "买彩票中奖要交税吗",
        "贷款要什么材料",
    ]:
        judged = lists.judge(said)
        assert judged is None, said
    rude = lists.judge("他妈的社保怎么还没到账")
    assert rude is not None and (rude.action, rude.shown) == ("mask", "***社保怎么还没到账")
