"""Which option was meant."""

import pytest

from bot.choice import chosen

THREE = ("医保断缴了会怎么样？", "养老保险断缴了怎么办？", "居住证怎么办？")


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("第一个", 0), ("第二个", 1), ("第三个吧", 2), ("选1", 0), ("2", 1), ("就第一个吧", 0), ("后面那个", 2),
        ("最后一个", 2), ("倒数第二个", 1), ("中间那个", 1), ("前面那个", 0), ("我选二", 1), ("③", 2), ("选B", 1),
        ("3号", 2), ("头一个", 0), ("第贰个", 1), ("那就2", 1), ("末尾那条", 2), ("居住证", 2), ("养老的", 1),
        ("医保断缴了会怎么样？", 0), ("第四个", None), ("9", None), ("", None), ("谢谢", None), ("怎么办", None),
    ],
)  # fmt: skip
def test_chosen(text, index):
    assert chosen(text, THREE) == index


def test_nothing_to_choose_from():
    assert chosen("第一个", ()) is None


def test_the_middle_of_two_is_none():
    assert chosen("中间那个", THREE[:2]) is None
