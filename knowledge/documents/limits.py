"""How much one file may be, and the checks that come before any library opens it."""

import io
import re
import zipfile
import zlib

from core.errors import Misuse, TooLarge

MAX_BYTES = 50_000_000
MAX_PAGES = 2_000
MAX_UNPACKED = 300_000_000
"""Bytes of all members of a .docx or .xlsx together."""
MAX_RATIO = 300
"""Unpacked to packed size of one large member: XML of documents stays below 50, a bomb is above 1,000."""
RATIO_FROM = 10_000_000
"""Bytes below which a member's ratio does not matter."""
MAX_MEMBERS = 5_000
MAX_PIXELS = 50_000_000
MAX_TEXT = 6_000_000
"""Characters of one document."""
MAX_SECTIONS = 5_000
MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_REMARKS = 500
SECONDS = 900.0
"""Wall time of one file."""
MEMORY = 3 * 1024**3
"""Bytes of address space of the reading process; the text recogniser alone takes half of it."""

_DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_ENCODINGS = {b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii"}

DAMAGED = "文件打不开，可能已经损坏或没有传完整。请在原来的软件里打开、另存一份后再上传。"
BOMB = "文件解开后太大，不像正常的文档，没有处理。请另存一份或拆成几个文件后再上传。"


def damaged(detail: object = "") -> Misuse:
    """The error for a file that cannot be opened."""
    return Misuse("damaged_file", DAMAGED, detail=str(detail)[:200])


def check_package(data: bytes) -> list[str]:
    """Names of the members of a .docx/.xlsx that may be opened; raises Misuse, TooLarge."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = package.infolist()
            _check_sizes(members)
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _check_xml(package.read(member))
            return [member.filename for member in members]
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, RuntimeError, ValueError) as error:
        raise damaged(error) from error
    except (NotImplementedError, zlib.error) as error:  # a method of packing that zipfile does not know, or broken data
        raise damaged(error) from error


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise TooLarge("file_too_large", BOMB)
    for member in members:
        if member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * max(1, member.compress_size):
            raise TooLarge("file_too_large", BOMB)


def _check_xml(xml: bytes) -> None:
    """No document of Word or Excel has a DTD: with one come entities that expand without end or read other files."""
    plain = xml.replace(b"\0", b"")
    encoding = _ENCODING.search(plain[:400])
    if _DTD.search(plain) or (encoding and encoding[1].lower() not in _ENCODINGS):
        raise Misuse("unsafe_file", "文件里有不该出现的外部实体定义，为安全起见没有打开。请另存一份后再上传。")
