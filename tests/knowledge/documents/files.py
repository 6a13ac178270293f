"""Test documents, made on the fly."""

import io
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from docx import Document
from openpyxl import Workbook
from PIL import Image, ImageDraw, ImageFont

FONTS = Path("/usr/share/fonts")
LAW = [
    "城市居民服务管理条例",
    "第一章 总则",
    "第一条 为了规范居民服务，根据有关法律，制定本条例。",
    "第二条 本市行政区域内的居民服务适用本条例。",
    "第二章 办理",
    "第三条 居民申请办理的，应当提交下列材料：\n（一）居民身份证；\n（二）申请表。",
    "第四条 本条例自2026年3月1日起施行。",
]


@cache
def font_path() -> Path | None:
    """A font with Chinese letters, if the system has one."""
    found = sorted(FONTS.rglob("*CJK*Regular*")) + sorted(FONTS.rglob("wqy*"))
    return found[0] if found else None


def picture(
    lines: Sequence[str], *, turned: int = 0, size: tuple[int, int] = (900, 520), form: str = "PNG", **options: Any
) -> bytes:
    """A notice as a picture, turned by so many degrees."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    if lines:
        font = ImageFont.truetype(str(font_path()), 36)
        for number, line in enumerate(lines):
            draw.text((50, 50 + number * 80), line, font=font, fill="black")
    out = io.BytesIO()
    image.rotate(turned, expand=True).save(out, form, **options)
    return out.getvalue()


def word(
    paragraphs: Sequence[str], *, headings: dict[str, int] | None = None, table: Sequence[Sequence[str]] = ()
) -> bytes:
    """A .docx; `headings` gives some paragraphs a heading style."""
    document = Document()
    for text in paragraphs:
        level = (headings or {}).get(text)
        if level:
            document.add_heading(text, level=level)
        else:
            document.add_paragraph(text)
    if table:
        made = document.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, text in zip(made.add_row().cells, row, strict=True):
                cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def excel(rows: Sequence[Sequence[Any]], *, title: str = "问答") -> bytes:
    """An .xlsx with one sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF with a Chinese text layer, written by hand: one content stream a page, UniGB-UCS2-H, no embedded font."""
    objects: list[bytes] = [b"", b""]
    font = b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[3 0 R]>>"
    cid = (
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)"
        b"/Supplement 2>>/DW 1000/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Flags 6"
        b"/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>>>"
    )
    objects += [cid, font]
    kids = []
    for lines in pages:
        shown = b"".join(
            b"1 0 0 1 60 %d Tm <%s> Tj " % (780 - 22 * number, line.encode("utf-16-be").hex().encode())
            for number, line in enumerate(lines)
        )
        stream = b"BT /F1 12 Tf " + shown + b"ET"
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        content = len(objects)
        resources = b"<</Font<</F1 4 0 R>>>>"
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources%s/Contents %d 0 R>>" % (resources, content)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    return _pdf_of(objects)


def _pdf_of(objects: Sequence[bytes]) -> bytes:
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s endobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


def scanned_pdf(pictures: Sequence[bytes]) -> bytes:
    """A PDF whose pages are only pictures."""
    images = [Image.open(io.BytesIO(data)).convert("RGB") for data in pictures]
    out = io.BytesIO()
    images[0].save(out, "PDF", save_all=True, append_images=images[1:], resolution=100)
    return out.getvalue()


def package(members: dict[str, bytes]) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    """A .docx or .xlsx with one member replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as package_:
        members = {member: package_.read(member) for member in package_.namelist()}
    return package(members | {name: content})
