"""Personal values at rest: sealed with SM4-GCM (GB/T 32907-2016), found again only by their opaque token."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from sqlalchemy import select

from core.errors import Misuse, NotFound
from core.personal import Personal, PersonalKind, find
from storage.database import Database
from storage.inbox import Sealed
from storage.schema import personal_values

_NONCE = 12
_TAG = 16
_TOKEN = re.compile(r"⟦[^⟦⟧]{1,40}⟧")
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def parse_key(text: str) -> bytes:
    """The key from its setting: 64 hexadecimal digits (32 bytes); raises Misuse."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Misuse("bad_settings", "HUICHUANG_DATA_KEY 必须是 64 位十六进制数")
    return key


def token(kind: PersonalKind, mark: str) -> str:
    """What stands in a text instead of a personal number: `⟦手机号·abcdefgh⟧`."""
    return f"⟦{kind.value}·{mark}⟧"


def replace_tokens(text: str, say: Callable[[str], str]) -> str:
    """`text` with `say(token)` in the place of every token."""
    return _TOKEN.sub(lambda match: say(match.group()), text)


def new_mark() -> str:
    """64 random bits as letters: digits could look like a number themselves, and be masked a second time."""
    return secrets.token_hex(8).translate(_LETTERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """A text without personal numbers."""

    opaque: str
    """With tokens: what Rasa, the knowledge search, logs and traces see."""
    display: str
    """With masks: what people see again and what is kept."""
    sealed: tuple[Sealed, ...] = field(default=(), repr=False)
    """The values, encrypted, for the vault."""
    shown: tuple[tuple[str, str], ...] = ()
    """Each token with the masked form of its number."""


class Vault:
    """Seals and opens personal values. The key is split: 16 bytes for SM4, 16 bound into each record."""

    def __init__(self, database: Database, *, key: bytes) -> None:
        self._database = database
        self._cipher_key = key[:16]
        self._bind = key[16:]

    def mask(self, text: str) -> Masked:
        """Take every personal number out of `text`. Tokens are random: the same number twice gets two tokens."""
        found = find(text)
        if not found:
            return Masked(opaque=text, display=text)
        opaque: list[str] = []
        display: list[str] = []
        sealed: list[Sealed] = []
        shown: list[tuple[str, str]] = []
        place = 0
        for item in found:
            between = text[place : item.start]
            name = token(item.kind, new_mark())
            opaque += [between, name]
            display += [between, item.masked]
            shown.append((name, item.masked))
            sealed.append(Sealed(token=name, kind=item.kind.value, sealed=self.seal(name, item)))
            place = item.end
        return Masked(
            opaque="".join(opaque) + text[place:],
            display="".join(display) + text[place:],
            sealed=tuple(sealed),
            shown=tuple(shown),
        )

    def seal(self, name: str, item: Personal) -> bytes:
        """Nonce, ciphertext, tag; bound to its token, so that two records cannot be swapped."""
        nonce = secrets.token_bytes(_NONCE)
        encryptor = Cipher(algorithms.SM4(self._cipher_key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(self._bind + name.encode())
        return nonce + encryptor.update(item.value.encode()) + encryptor.finalize() + encryptor.tag

    def open(self, name: str, sealed: bytes) -> str:
        """The value; raises Misuse when it was changed, or belongs to another token or key."""
        nonce, body, tag = sealed[:_NONCE], sealed[_NONCE:-_TAG], sealed[-_TAG:]
        try:
            decryptor = Cipher(algorithms.SM4(self._cipher_key), modes.GCM(nonce, tag)).decryptor()
            decryptor.authenticate_additional_data(self._bind + name.encode())
            return (decryptor.update(body) + decryptor.finalize()).decode()
        except (InvalidTag, ValueError):
            raise Misuse("bad_seal", "保存的信息校验不通过，请联系管理员。") from None

    async def reveal(self, name: str, *, conversation_id: str) -> Personal:
        """The number behind a token of this very conversation; raises NotFound for any other."""
        statement = select(personal_values.c.sealed, personal_values.c.kind).where(
            personal_values.c.token == name, personal_values.c.conversation_id == conversation_id
        )
        async with self._database.connect() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise NotFound("unknown_value", "没有找到您之前提供的号码，请再说一次。")
        value = self.open(name, bytes(row.sealed))
        kind = PersonalKind(row.kind)
        again = find(value)
        valid = bool(again) and again[0].valid
        return Personal(kind=kind, value=value, start=0, end=len(value), valid=valid)
