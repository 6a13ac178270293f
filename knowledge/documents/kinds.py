"""What kind of file it is, by its first bytes; the name is believed only for plain text."""

import io
import re
import zipfile
from enum import StrEnum

from core.errors import Misuse
from knowledge.documents.limits import check_package, damaged

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_HTML = re.compile(r"<\s*(?:!doctype\s+html|html|head|body|div|table|p|h[1-6])\b", re.IGNORECASE)
ACCEPTED = "可以导入 Word（.docx）、PDF、Excel（.xlsx）、网页（.html）、图片（.png、.jpg）和文本文件（.txt、.md）。"
_SAVE = "请用 {} 或 WPS 打开，点“文件”“另存为”，类型选“{}”，再上传。"
OLD_WORD = "这是旧版 Word 文件（.doc），读不了。" + _SAVE.format("Word", "Word 文档（.docx）")
OLD_EXCEL = "这是旧版 Excel 文件（.xls），读不了。" + _SAVE.format("Excel", "Excel 工作簿（.xlsx）")
ENCRYPTED = "文件设有密码，打不开。请取消密码、另存一份后再上传。"


class Kind(StrEnum):
    """What can be read."""

    WORD = "word"
    PDF = "pdf"
    EXCEL = "excel"
    HTML = "html"
    PICTURE = "picture"
    TEXT = "text"


def kind_of(name: str, data: bytes) -> Kind:
    """The kind; raises Misuse with a sentence that says what to do instead, TooLarge."""
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if not data:
        raise Misuse("empty_file", "文件是空的，没有内容可以导入。")
    if b"%PDF-" in data[:1024]:
        return Kind.PDF
    if data.startswith(_OLE):
        raise _old(data, ending)
    if data.startswith(b"PK\x03\x04"):
        return _packed(data)
    if data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return Kind.PICTURE
    if data.startswith(b"{\\rtf"):
        raise Misuse("unknown_kind", "这是 RTF 文件，读不了。请用 Word 或 WPS 另存为 .docx 后再上传。")
    _must_match(ending)
    text = decode(data)
    return Kind.HTML if ending in ("html", "htm") or _HTML.search(text[:2000]) else Kind.TEXT


def decode(data: bytes) -> str:
    """Text of a text file: UTF-8, UTF-16 with its mark, or GB 18030; raises Misuse when it is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strict(data, "utf-16")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _strict(data, "gb18030")
    odd = sum(1 for letter in text[:4000] if letter < " " and letter not in "\t\r\n\f\v")
    if odd * 50 > min(len(text), 4000):
        raise Misuse("unknown_kind", f"看不出这是什么文件。{ACCEPTED}")
    return text


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Misuse("unknown_kind", f"看不出这是什么文件，或者文件已经损坏。{ACCEPTED}") from None


def _must_match(ending: str) -> None:
    """A file that calls itself a Word file and does not begin like one is broken, not a text."""
    if ending in ("docx", "xlsx", "pdf", "png", "jpg", "jpeg", "doc", "xls", "gif", "bmp", "tif", "tiff", "webp"):
        raise damaged(f"no {ending}")


def _old(data: bytes, ending: str) -> Misuse:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return Misuse("encrypted_file", ENCRYPTED)
    if ending.startswith("xls") or "Workbook".encode("utf-16-le") in data:
        return Misuse("old_excel", OLD_EXCEL)
    return Misuse("old_word", OLD_WORD)


def _packed(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise damaged(error) from error
    kind = Kind.WORD if "word/document.xml" in names else Kind.EXCEL if "xl/workbook.xml" in names else None
    if kind is None:
        raise Misuse("unknown_kind", f"这是压缩包，不是文档，请解压后再上传。{ACCEPTED}")
    check_package(data)
    return kind
