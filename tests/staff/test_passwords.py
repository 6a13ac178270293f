"""Which passwords are good enough, and how they are kept."""

import pytest
from argon2 import PasswordHasher

from core.errors import Misuse
from staff import passwords
from staff.passwords import Passwords
from tests.stand import quick


@pytest.mark.parametrize(
    "password",
    [
        "青山绿水 长流不息 一二三",
        "blue kettle noon",
        "Tr4mway-x9q",  # 11 characters, four classes
        "Kettle49xq",  # 10 characters, three classes
        "k" + "etlpqrsvwxz",
    ],
)
def test_good_ones(password: str) -> None:
    passwords.check(password, account="zhangsan", name="张三")


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short1A!",
        "kettlenoon",  # 10 characters of one class
        "kettlenoon1",  # 11 of two
        "aaaaaaaaaaaaaa",
        "abcdefghijklmn",
        "12345678901234",
        "Password@2026",
        "P@ssw0rd!!2025",
        "Huichuang@2026",
        "admin123456!!",
        "qwertyuiop123",
        "1qaz2wsx3edc4rfv",
        "helloworldhelloworld",
        "Zhangsan#kettle9",  # the account in it
        "x" * 200,
    ],
)
def test_bad_ones(password: str) -> None:
    with pytest.raises(Misuse) as refused:
        passwords.check(password, account="zhangsan", name="张三")
    assert refused.value.code == "weak_password"
    assert refused.value.message.endswith("。")


def test_the_name_and_the_old_one_are_refused() -> None:
    with pytest.raises(Misuse):
        passwords.check("我是张三我不会忘记密码的", account="z", name="张三")
    with pytest.raises(Misuse):
        passwords.check("blue kettle noon", account="z", old="blue kettle noon")


def test_initial_passwords_are_good_and_differ() -> None:
    made = {passwords.initial() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        passwords.check(password, account="zhangsan", name="张三")


async def test_argon2id_with_a_salt_of_its_own() -> None:
    real = Passwords()
    stored = await real.hash("blue kettle noon")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert stored != await real.hash("blue kettle noon")
    assert await real.verify(stored, "blue kettle noon")
    assert not await real.verify(stored, "blue kettle moon")


async def test_nobody_has_no_right_password_and_odd_strings_are_wrong() -> None:
    cheap = quick()
    assert not await cheap.verify(None, "anything")
    assert not await cheap.verify("not a hash", "anything")
    assert not await cheap.verify(await cheap.hash("x" * 12), "\ud800")
    assert cheap.outdated(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash("x"))
