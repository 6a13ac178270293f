"""Personal numbers in what people say: found, checked by their standard, masked by kind.

Sources: GB 11643-1999 (居民身份证号码, check digit ISO 7064 MOD 11-2), GB 32100-2015 (统一社会信用代码, MOD 31),
ISO/IEC 7812-1 (bank cards, Luhn). A number that only *looks* like one of these (a typing mistake in the last digit) is
masked as well: better one mask too many than a real number in a log.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for code in (
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
        83,
    )
)
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
# One character in, one character out, so that places found in the folded text hold in the original.
_FOLD = str.maketrans(
    "０１２３４５６７８９Ｘｘ×－—–　〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖",
    "0123456789XXX--- 001234567891123456789",
)
_RUN = re.compile(r"(?<!\d)(?:\+|00)?\d(?:[ \-]?\d){6,}(?:[ \-]?[Xx])?")
_CREDIT = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])", re.IGNORECASE
)
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])(?!\d)")
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")


class PersonalKind(StrEnum):
    """What a number is; the value is how it is named to people and in tokens."""

    ID_NUMBER = "身份证号"
    PHONE = "手机号"
    LANDLINE = "座机号"
    BANK_CARD = "银行卡号"
    CREDIT_CODE = "统一社会信用代码"
    OTHER = "号码"


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """One personal number found in a text. Prints masked, always."""

    kind: PersonalKind
    """Which standard it follows."""
    value: str = field(repr=False)
    """The number itself, folded to half-width, without separators."""
    start: int
    """Where it begins in the text."""
    end: int
    """Where it ends (exclusive)."""
    valid: bool
    """True when the check digit (and date, and region) are right."""

    @property
    def masked(self) -> str:
        """The number as a person may see it again: enough to recognise, too little to use."""
        return mask(self.kind, self.value)

    def __repr__(self) -> str:
        return f"Personal({self.kind.value} {self.masked})"

    __str__ = __repr__


def is_id_number(text: str) -> bool:
    """True for an 18-digit 居民身份证号码 with known province, real date and right check digit (GB 11643-1999)."""
    if not re.fullmatch(r"\d{17}[\dX]", text) or not _looks_like_id(text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text[:17], strict=True))
    return _CHECK[total % 11] == text[17]


def is_credit_code(text: str) -> bool:
    """True for an 18-character 统一社会信用代码 with the right check character (GB 32100-2015)."""
    if len(text) != 18 or any(letter not in _CREDIT_ALPHABET for letter in text):
        return False
    total = sum(w * _CREDIT_ALPHABET.index(c) for w, c in zip(_CREDIT_WEIGHTS, text[:17], strict=True))
    return _CREDIT_ALPHABET[(31 - total % 31) % 31] == text[17]


def is_luhn(digits: str) -> bool:
    """True when the last digit is the Luhn check digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def is_mobile(text: str) -> bool:
    """True for an 11-digit mainland mobile number."""
    return re.fullmatch(r"1[3-9]\d{9}", text) is not None


def mask(kind: PersonalKind, value: str) -> str:
    """How a number of this kind is shown to its owner: `1***************X`, `138****1234`, last four of a card."""
    if kind is PersonalKind.ID_NUMBER:
        return value[0] + "*" * (len(value) - 2) + value[-1]
    if kind is PersonalKind.PHONE:
        return value[:3] + "****" + value[-4:]
    return "*" * max(4, len(value) - 4) + value[-4:]


def clean(text: str) -> str:
    """Text as said, without what cannot be seen: control, zero-width and direction characters go, NFC, trimmed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
    text = _INVISIBLE.sub("", text.encode("utf-8", "replace").decode("utf-8"))
    return unicodedata.normalize("NFC", text).strip()


def find(text: str) -> tuple[Personal, ...]:
    """Every personal number in `text`, in order, without overlaps."""
    folded = text.translate(_FOLD)
    found: list[Personal] = []
    for match in _CREDIT.finditer(folded):
        value = match.group().upper()
        if not value.isdigit() and not _looks_like_id(value):
            found.append(_personal(PersonalKind.CREDIT_CODE, value, match.start(), match.end()))
    hidden = [*_DATE.finditer(folded)]
    blanked = _blank(folded, [(item.start, item.end) for item in found] + [m.span() for m in hidden])
    for match in _RUN.finditer(blanked):
        found.extend(_classify_run(match.group(), match.start()))
    return tuple(sorted(found, key=lambda item: item.start))


def replace(text: str, say: Callable[[Personal], str]) -> str:
    """`text` with every personal number replaced by `say(number)`."""
    parts: list[str] = []
    place = 0
    for item in find(text):
        parts += [text[place : item.start], say(item)]
        place = item.end
    return "".join(parts) + text[place:]


def masked(text: str) -> str:
    """`text` as it may be shown and kept: every personal number masked by its kind."""
    return replace(text, lambda item: item.masked)


def _looks_like_id(text: str) -> bool:
    if text[:2] not in _PROVINCES or not text[6:14].isdigit():
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return 1850 <= born.year <= 2100


def _looks_like_old_id(digits: str) -> bool:
    try:
        date(1900 + int(digits[6:8]), int(digits[8:10]), int(digits[10:12]))
    except ValueError:
        return False
    return digits[:2] in _PROVINCES


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "\n" * (end - start) + text[end:]
    return text


def _personal(kind: PersonalKind, value: str, start: int, end: int) -> Personal:
    checks: dict[PersonalKind, Callable[[str], bool]] = {
        PersonalKind.ID_NUMBER: is_id_number,
        PersonalKind.CREDIT_CODE: is_credit_code,
        PersonalKind.BANK_CARD: is_luhn,
        PersonalKind.PHONE: is_mobile,
    }
    check = checks.get(kind)
    return Personal(kind=kind, value=value, start=start, end=end, valid=check is None or check(value))


def _classify_run(run: str, start: int) -> Iterator[Personal]:
    """A run of digits with single separators is one number written in groups, or several numbers beside each other."""
    kind, value = _kind_of(run)
    pieces = [*re.finditer(r"[+\dXx]+", run)]
    if kind is PersonalKind.OTHER and len(pieces) > 1:
        for piece in pieces:
            kind, value = _kind_of(piece.group())
            if kind is not None:
                yield _personal(kind, value, start + piece.start(), start + piece.end())
    elif kind is not None:
        yield _personal(kind, value, start, start + len(run))


def _kind_of(run: str) -> tuple[PersonalKind | None, str]:
    """What one number is; None for a number too short to be personal."""
    value = re.sub(r"[ \-]", "", run).upper()
    national = re.sub(r"^(?:\+|00)?86(?=1[3-9]\d{9}$)", "", value)
    digits = value.lstrip("+")
    if is_mobile(national):
        return PersonalKind.PHONE, national
    if len(digits) == 18 and _looks_like_id(digits):
        return PersonalKind.ID_NUMBER, digits
    if digits.endswith("X"):
        return PersonalKind.OTHER, digits
    if len(digits) == 15 and _looks_like_old_id(digits):
        return PersonalKind.ID_NUMBER, digits
    if len(digits) == 18 and is_credit_code(digits):
        return PersonalKind.CREDIT_CODE, digits
    if 16 <= len(digits) <= 19 and (is_luhn(digits) or digits.startswith("62")):
        return PersonalKind.BANK_CARD, digits
    if re.fullmatch(r"0(?:10|2\d|[3-9]\d{2})\d{7,8}", digits):
        return PersonalKind.LANDLINE, digits
    return (PersonalKind.OTHER, digits) if len(digits) >= 11 else (None, digits)
