"""PDF: the text of each page; pages that are only pictures are recognised."""

import io
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from core.clock import Clock
from core.errors import Misuse, TooLarge
from knowledge.documents import paragraphs, picture
from knowledge.documents.kinds import ENCRYPTED
from knowledge.documents.limits import MAX_PAGES, damaged
from knowledge.documents.section import Line, Reading

Progress = Callable[[float], None]
SCAN_PIXELS = 1700
"""Width of a scanned page as it is recognised: about 200 dpi of A4."""
SCANNED = 12
"""Characters below which a page with a picture counts as scanned."""
SCAN_SECONDS = 600.0
"""Time for recognising pages of one file; the pages left are named in the report."""
_WRONG_PASSWORD = 4
"""FPDF_ERR_PASSWORD."""


def read(data: bytes, progress: Progress, clock: Clock) -> Reading:
    """All pages; raises Misuse for a file that is damaged or has a password, TooLarge."""
    try:
        document = pdfium.PdfDocument(io.BytesIO(data))
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == _WRONG_PASSWORD or "password" in str(error).lower():
            raise Misuse("encrypted_file", ENCRYPTED) from error
        raise damaged(error) from error
    with closing(document):
        if len(document) > MAX_PAGES:
            raise TooLarge("file_too_large", f"文件有 {len(document)} 页，最多 {MAX_PAGES} 页，请拆成几个文件。")
        if not len(document):
            raise Misuse("empty_file", "文件里没有页面。")
        reading = Reading(title=_title(document))
        pages = _Pages(document, reading, progress, clock)
        texts, scans = pages.all()
    _assemble(texts, scans, reading)
    return reading


class _Pages:
    """Goes through the pages."""

    def __init__(self, document: Any, reading: Reading, progress: Progress, clock: Clock) -> None:
        self._document = document
        self._reading = reading
        self._progress = progress
        self._clock = clock
        self._until = clock.monotonic() + SCAN_SECONDS

    def all(self) -> tuple[list[list[str]], dict[int, list[picture.Seen]]]:
        """(printed lines of each page, what was recognised on scanned ones by page from 0)."""
        texts: list[list[str]] = []
        scans: dict[int, list[picture.Seen]] = {}
        for number in range(len(self._document)):
            texts.append(self._one(number, scans))
            self._progress((number + 1) / len(self._document))
        return texts, scans

    def _one(self, number: int, scans: dict[int, list[picture.Seen]]) -> list[str]:
        place = f"第{number + 1}页"
        try:
            with closing(self._document[number]) as page:
                with closing(page.get_textpage()) as text_page:
                    text = text_page.get_text_bounded()
                if len(text.strip()) < SCANNED and self._has_picture(page):
                    if self._clock.monotonic() > self._until:
                        self._reading.remark(place, "这一页是扫描的图片，时间不够，没有识别；请拆成小文件再上传。")
                    else:
                        scans[number] = self._scan(page, place)
                    return []
        except pdfium.PdfiumError:
            self._reading.remark(place, "这一页读不出来，可能已经损坏。")
            return []
        return [line.strip() for line in text.replace("\ufffe", "").splitlines() if line.strip()]

    @staticmethod
    def _has_picture(page: Any) -> bool:
        kinds = (pdfium.raw.FPDF_PAGEOBJ_IMAGE, pdfium.raw.FPDF_PAGEOBJ_PATH, pdfium.raw.FPDF_PAGEOBJ_SHADING)
        return next(iter(page.get_objects(filter=kinds)), None) is not None

    def _scan(self, page: Any, place: str) -> list[picture.Seen]:
        width, height = page.get_size()
        scale = SCAN_PIXELS / max(1.0, min(width, height))
        scale = min(scale, picture.LONGEST / max(1.0, width, height))
        with closing(page.render(scale=scale)) as bitmap:
            seen = picture.look(bitmap.to_pil())
        if not seen:
            self._reading.remark(place, "这一页是图片，没有认出文字。")
        return seen


def _assemble(texts: list[list[str]], scans: dict[int, list[picture.Seen]], reading: Reading) -> None:
    running = paragraphs.running_lines(texts)
    printed: list[tuple[str, str]] = []
    for number, lines in enumerate(texts):
        if number in scans:
            _flush(printed, reading)
            picture.take(scans[number], f"第{number + 1}页", reading)
        else:
            printed += [(line, f"第{number + 1}页") for line in paragraphs.without_running(lines, running)]
    _flush(printed, reading)


def _flush(printed: list[tuple[str, str]], reading: Reading) -> None:
    reading.lines.extend(Line(text=text, place=place) for text, place in paragraphs.joined(printed))
    printed.clear()


def _title(document: Any) -> str:
    try:
        return str(document.get_metadata_dict().get("Title") or "").strip()[:100]
    except (pdfium.PdfiumError, UnicodeDecodeError):
        return ""
