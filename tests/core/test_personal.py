"""Personal numbers: found however they are written, checked by their standard, masked by kind."""

import random
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import personal
from core.personal import PersonalKind, clean, find, is_credit_code, is_id_number, is_luhn, mask, masked

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(region: str, day: str, order: int) -> str:
    head = f"{region}{day}{order:03}"
    return head + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, head, strict=True)) % 11]


id_numbers = st.builds(
    id_number,
    st.sampled_from(["330106", "110105", "440305", "650102", "310115"]),
    st.dates(min_value=date(1920, 1, 1), max_value=date(2026, 1, 1)).map(lambda day: day.strftime("%Y%m%d")),
    st.integers(0, 999),
)
mobiles = st.from_regex(r"\A1[3-9][0-9]{9}\Z")


def luhn_card(prefix: str, length: int, seed: int) -> str:
    digits = prefix + "".join(random.Random(seed).choices(string.digits, k=length - len(prefix) - 1))
    return next(digits + check for check in string.digits if is_luhn(digits + check))


cards = st.builds(
    luhn_card, st.sampled_from(["622202", "621700", "4367", "5187"]), st.sampled_from([16, 19]), st.integers()
)


def test_the_standards_own_examples() -> None:
    assert is_id_number("11010519491231002X")  # GB 11643-1999, appendix
    assert is_id_number("440524188001010014")
    assert not is_id_number("110105194912310021")
    assert not is_id_number("110105194913310021"), "no thirteenth month"
    assert is_credit_code("91350100M000100Y43")  # GB 32100-2015, appendix
    assert not is_credit_code("91350100M000100Y44")
    assert is_luhn("4539578763621486")


@given(id_numbers, st.sampled_from(["", " ", "-"]), st.sampled_from("我身份证是，号码:abc "))
def test_an_id_number_is_found_however_it_is_grouped(number: str, gap: str, before: str) -> None:
    written = gap.join((number[:6], number[6:14], number[14:]))
    (found,) = find(f"{before}{written}。")
    assert (found.kind, found.value, found.valid) == (PersonalKind.ID_NUMBER, number, True)
    assert number not in masked(f"{before}{written}。")


@given(id_numbers, st.integers(0, 16), st.integers(1, 9))
def test_a_mistyped_id_number_is_masked_all_the_same(number: str, place: int, shift: int) -> None:
    typed = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert typed not in masked(f"我的号是{typed}")


@given(mobiles, st.sampled_from(["", "+86", "0086", "86", "+86 "]))
def test_a_mobile_number_is_found_with_and_without_country_code(number: str, prefix: str) -> None:
    (found,) = find(f"打我电话{prefix}{number}谢谢")
    assert (found.kind, found.value) == (PersonalKind.PHONE, number)
    assert found.masked == f"{number[:3]}****{number[-4:]}"


@given(cards)
def test_a_bank_card_is_masked_but_for_its_last_four(number: str) -> None:
    (found,) = find(f"卡号{number}")
    assert found.kind in (PersonalKind.BANK_CARD, PersonalKind.ID_NUMBER, PersonalKind.CREDIT_CODE)
    assert number not in masked(f"卡号{number}")
    grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    assert number[:12] not in masked(grouped).replace(" ", "")


@given(mobiles)
def test_full_width_and_spoken_digits_count_as_digits(number: str) -> None:
    wide = number.translate(str.maketrans(string.digits, "０１２３４５６７８９"))
    spoken = number.translate(str.maketrans(string.digits, "零幺二三四五六七八九"))
    for written in (wide, spoken):
        (found,) = find(written)
        assert found.value == number


@given(st.text(max_size=200))
def test_any_text_can_be_searched_and_masking_leaves_nothing_to_find(text: str) -> None:
    once = masked(clean(text))
    assert [item for item in find(once) if item.kind is not PersonalKind.OTHER] == []


@given(st.text(max_size=200))
def test_places_hold_in_the_original_text(text: str) -> None:
    for item in find(text):
        assert 0 <= item.start < item.end <= len(text)
    assert personal.replace(text, lambda item: text[item.start : item.end]) == text


@pytest.mark.parametrize(
    "text",
    [
        "我交了15年，2030年退休",
        "从2023-01-01到2024-05-06",
        "每月10000 20000 30000",
        "社会保险法第十六条",
        "打12333还是12345",
        "二零二三年三月",
        "第三百二十八条",
    ],
)
def test_ordinary_numbers_stay(text: str) -> None:
    assert masked(text) == text


def test_a_personal_number_never_prints() -> None:
    (found,) = find("13812345678")
    assert "13812345678" not in repr(found) + str(found) + f"{found}"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (PersonalKind.ID_NUMBER, "33010619900101123X", "3****************X"),
        (PersonalKind.PHONE, "13812345678", "138****5678"),
        (PersonalKind.BANK_CARD, "6222021234567890", "************7890"),
    ],
)
def test_masks(kind: PersonalKind, value: str, shown: str) -> None:
    assert mask(kind, value) == shown


def test_cleaning_takes_what_cannot_be_seen() -> None:
    assert clean("\u202e你\u200b好\x00\r\n再\x07见 ") == "你好\n再见"
    assert clean("\x00\u200b \n") == ""
    assert clean("\ud800bad") == "?bad"
