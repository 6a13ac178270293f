"""The vault: personal numbers leave the text before anybody sees it, and come back only to their own conversation."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Misuse, NotFound
from core.personal import PersonalKind
from storage.database import Database
from storage.storage import Storage
from storage.vault import Masked, Vault, new_mark, parse_key, replace_tokens
from tests.storage.talk import KEY, NOW, incoming, opened, said

PHONE = "13812345678"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
VAULT = Vault(Database("postgresql://nobody@/nothing"), key=KEY)
"""Masks and seals; never asked to read."""


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    """18 digits by GB 11643-1999."""
    born = draw(st.dates(date(1920, 1, 1), date(2026, 1, 1)))
    region = draw(st.sampled_from(["110101", "330102", "440305", "650102", "810000"]))
    first = f"{region}{born:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return first + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, first, strict=True)) % 11]


phones = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
words = st.text("我的手机号是，身份证。请查一下 abc\n", max_size=12)


@st.composite
def sentences(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Words with numbers between them."""
    numbers = draw(st.lists(id_numbers() | phones, min_size=1, max_size=4))
    text = draw(words)
    for number in numbers:
        text += "：" + number + "；" + draw(words)
    return text, numbers


@settings(max_examples=150, derandomize=True, database=None, deadline=None)
@given(sentences())
def test_no_number_stays_in_what_others_see(made: tuple[str, list[str]]) -> None:
    text, numbers = made
    masked = VAULT.mask(text)
    for number in numbers:
        assert number not in masked.opaque
        assert number not in masked.display
        assert number not in repr(masked)
    assert [VAULT.open(item.token, item.sealed) for item in masked.sealed] == numbers
    tokens = dict(masked.shown)
    assert replace_tokens(masked.opaque, lambda token: tokens[token]) == masked.display
    assert all(number.encode() not in item.sealed for number in numbers for item in masked.sealed)


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(sentences())
def test_a_masked_text_has_nothing_left_to_mask(made: tuple[str, list[str]]) -> None:
    masked = VAULT.mask(made[0])
    assert VAULT.mask(masked.opaque) == Masked(opaque=masked.opaque, display=masked.opaque)


def test_marks_are_random_and_hold_no_digit() -> None:
    marks = {new_mark() for _ in range(2000)}
    assert len(marks) == 2000
    assert all(len(mark) == 16 and mark.isalpha() and mark.isascii() for mark in marks)


def test_a_text_without_numbers_is_left_alone() -> None:
    text = "社保12333，2026-11-22，交了15年，基数4462元"
    assert VAULT.mask(text) == Masked(opaque=text, display=text)


def test_the_same_number_twice_gets_two_tokens() -> None:
    masked = VAULT.mask(f"{PHONE}，再说一遍{PHONE}")
    first, second = masked.sealed
    assert first.token != second.token
    assert first.sealed != second.sealed
    assert masked.display == "138****5678，再说一遍138****5678"


def test_a_changed_seal_does_not_open() -> None:
    item = VAULT.mask(PHONE).sealed[0]
    for place in range(len(item.sealed)):
        changed = bytearray(item.sealed)
        changed[place] ^= 1
        with pytest.raises(Misuse):
            VAULT.open(item.token, bytes(changed))
    for length in range(len(item.sealed)):
        with pytest.raises(Misuse):
            VAULT.open(item.token, item.sealed[:length])


def test_two_seals_cannot_be_swapped() -> None:
    first, second = VAULT.mask(f"{PHONE}，13912345678").sealed
    with pytest.raises(Misuse):
        VAULT.open(first.token, second.sealed)


@pytest.mark.parametrize("place", [0, 15, 16, 31])
def test_every_half_of_the_key_is_needed(place: int) -> None:
    item = VAULT.mask(PHONE).sealed[0]
    wrong = bytearray(KEY)
    wrong[place] ^= 1
    with pytest.raises(Misuse):
        Vault(Database("postgresql://nobody@/nothing"), key=bytes(wrong)).open(item.token, item.sealed)


@pytest.mark.parametrize("text", ["", "00" * 31, "00" * 33, "zz" * 32, "零" * 64])
def test_a_key_is_64_hexadecimal_digits(text: str) -> None:
    with pytest.raises(Misuse):
        parse_key(text)


async def kept(storage: Storage, conversation: str, text: str) -> Masked:
    """A turn in which `text` was said."""
    masked = storage.vault.mask(text)
    accepted = await storage.inbox.accept(incoming(1, conversation=conversation), NOW)
    assert accepted.work is not None
    await storage.inbox.commit(
        accepted.work, NOW, said=said(masked.display), replies=[], owner="bot", context={}, personal=masked.sealed
    )
    return masked


async def test_a_number_is_revealed_to_its_own_conversation_only(storage: Storage, conversation: str) -> None:
    masked = await kept(storage, conversation, f"我的电话{PHONE}，身份证11010519491231002X")
    tokens = [item.token for item in masked.sealed]
    phone = await storage.vault.reveal(tokens[0], conversation_id=conversation)
    assert (phone.kind, phone.value, phone.valid) == (PersonalKind.PHONE, PHONE, True)
    assert PHONE not in repr(phone)
    identity = await storage.vault.reveal(tokens[1], conversation_id=conversation)
    assert (identity.kind, identity.value, identity.valid) == (PersonalKind.ID_NUMBER, "11010519491231002X", True)
    other = await opened(storage, "c2")
    for wrong in (other, "nobody"):
        with pytest.raises(NotFound):
            await storage.vault.reveal(tokens[0], conversation_id=wrong)
    with pytest.raises(NotFound):
        await storage.vault.reveal("⟦手机号·nosuchmark⟧", conversation_id=conversation)


async def test_with_another_key_nothing_is_revealed(storage: Storage, conversation: str, database_url: str) -> None:
    masked = await kept(storage, conversation, PHONE)
    async with Storage(database_url, data_key=bytes(32)) as stranger:
        with pytest.raises(Misuse):
            await stranger.vault.reveal(masked.sealed[0].token, conversation_id=conversation)
