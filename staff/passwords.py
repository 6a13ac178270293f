"""Passwords: which are good enough (NIST SP 800-63B-4: long, and not common), and how they are kept (argon2id)."""

import asyncio
import secrets
from functools import cache
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import Misuse

LONG, MIXED, LONGEST = 12, 10, 128
CLASSES = 3
AT_ONCE = 2
"""Hashes computed at the same time in one process: each takes 64 MiB and some 50 ms of a core."""
_EASY = "abcdefghjkmnpqrstuvwxyz23456789"
"""No l, o, i, 0, 1: somebody reads it to somebody."""
_LEET = str.maketrans("01345@$!7", "oleasasit")


@cache
def common() -> frozenset[str]:
    """Passwords that are tried first, in lower case."""
    lines = Path(__file__).with_name("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def check(password: str, *, account: str, name: str = "", old: str = "") -> None:
    """Raises Misuse("weak_password") with the reason for a password that is easily guessed, or the `old` one."""
    if old and password == old:
        raise Misuse("weak_password", "新密码不能和原密码一样。")
    if len(password) > LONGEST:
        raise Misuse("weak_password", f"密码最多 {LONGEST} 个字符。")
    if len(password) < MIXED or (len(password) < LONG and _classes(password) < CLASSES):
        raise Misuse(
            "weak_password", f"密码至少 {LONG} 个字符；或者至少 {MIXED} 个字符，并含大写、小写、数字、符号中的三种。"
        )
    folded = password.lower()
    if any(len(part) > 1 and part.lower() in folded for part in (account, name)):
        raise Misuse("weak_password", "密码里不能有账号或姓名。")
    if folded.isdigit():
        raise Misuse("weak_password", "密码不能全是数字，电话和证件号码很容易被猜到。")
    if _is_common(folded) or _is_common(folded.translate(_LEET)) or len(set(folded)) < 5 or _is_run(folded):
        raise Misuse("weak_password", "这个密码太常见，很容易被猜到，请换一个。")


def initial() -> str:
    """A random password to hand over to somebody once: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(_EASY) for _ in range(4)) for _ in range(4))


class Passwords:
    """Hashes and checks, off the event loop, a few at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1, type=Type.ID)
        self._turn = asyncio.Semaphore(AT_ONCE)
        # What an unknown account is checked against, so that it takes as long as a known one.
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """The argon2id string to store."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; None (no such account) takes the same time and is never right."""
        async with self._turn:
            right = await asyncio.to_thread(self._verify, stored or self._nobody, password)
        return right and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether it was hashed with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password[: LONGEST + 1])
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False


def _classes(password: str) -> int:
    kinds = (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
    return sum(any(kind(letter) for letter in password) for kind in kinds)


def _is_common(folded: str) -> bool:
    """A common password, also one with a year or other digits and signs put around it, or twice in a row."""
    bare = folded.strip("0123456789!@#$%^&*()_+-=.,?~`")
    half = folded[: len(folded) // 2]
    return folded in common() or (len(bare) > 3 and bare in common()) or (half * 2 == folded and half in common())


def _is_run(folded: str) -> bool:
    """Letters or digits in order, up or down, all the way."""
    steps = {ord(b) - ord(a) for a, b in pairwise(folded)}
    return steps in ({1}, {-1})
