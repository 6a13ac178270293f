"""Pictures: the recogniser's lines, whichever way the paper lay; what is too small or blurred is said."""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from core.errors import Misuse, TooLarge
from knowledge.documents import paragraphs
from knowledge.documents.limits import MAX_PIXELS, damaged
from knowledge.documents.section import Line, Reading

Progress = Callable[[float], None]
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
LONGEST = 3000
"""Pixels of the longer side; a larger picture is scaled down."""
SMALLEST = 160
"""Pixels of the shorter side below which nothing can be read."""
UNSURE = 0.75
"""Mean certainty of the lines below which the page may lie upside down, or is blurred."""
DOUBTFUL = 0.6
"""Certainty of one line below which a person has to look."""
UPRIGHT = 1.5
"""Median height/width of the lines from which the page lies on its side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One printed line in a picture."""

    text: str
    """What was recognised."""
    score: float
    """How sure, 0 to 1."""
    box: tuple[float, float, float, float]
    """Left, top, right, bottom in pixels."""


def read(data: bytes, progress: Progress) -> Reading:
    """The text of one picture; raises Misuse when it cannot be opened or nothing is on it, TooLarge."""
    image = _opened(data)
    if min(image.size) < SMALLEST:
        says = f"图片太小（{image.width}×{image.height} 像素），看不清字。请上传原图，短边至少 {SMALLEST} 像素。"
        raise Misuse("picture_too_small", says)
    progress(0.1)
    seen = look(image)
    if not seen:
        raise Misuse("no_text", "图片上没有认出文字。请确认图片清楚、文字完整，再上传。")
    reading = Reading()
    take(seen, "图片", reading)
    if sum(one.score for one in seen) / len(seen) < UNSURE:
        reading.remark("图片", "图片模糊，识别结果可能有错，请对照原件逐字检查。")
    progress(1.0)
    return reading


def take(seen: list[Seen], place: str, reading: Reading) -> None:
    """The lines of one picture or page as paragraphs; doubtful ones are remarked."""
    printed = [(text, f"{place}第{number}行") for number, text in enumerate(rows(seen), 1)]
    reading.lines.extend(Line(text=text, place=where) for text, where in paragraphs.joined(printed))
    for one in seen:
        if one.score < DOUBTFUL:
            reading.remark(place, f"“{one.text[:40]}”识别得没有把握，请对照原件。")


def look(image: Image.Image) -> list[Seen]:
    """What is printed on it, top to bottom, turned upright first."""
    pixels = np.asarray(image.convert("RGB"))
    seen = _recognised(pixels)
    if seen and float(np.median([_steepness(one) for one in seen])) > UPRIGHT:
        pixels = np.ascontiguousarray(np.rot90(pixels))
        seen = _recognised(pixels)
    if seen and _certainty(seen) < UNSURE:
        turned = _recognised(np.ascontiguousarray(np.rot90(pixels, 2)))
        seen = max(seen, turned, key=_certainty)
    return seen


def rows(seen: list[Seen]) -> list[str]:
    """Printed lines from top to bottom; what stands side by side is one line."""
    lines: list[list[Seen]] = []
    for one in sorted(seen, key=lambda item: (item.box[1] + item.box[3]) / 2):
        middle = (one.box[1] + one.box[3]) / 2
        if lines and lines[-1][0].box[1] <= middle <= lines[-1][0].box[3]:
            lines[-1].append(one)
        else:
            lines.append([one])
    return [" ".join(one.text for one in sorted(line, key=lambda item: item.box[0])) for line in lines]


def _opened(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise _too_large(f"{image.width}×{image.height}")
            image.draft("RGB", (LONGEST, LONGEST))
            image = ImageOps.exif_transpose(image).convert("RGB")
    except (TooLarge, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise _too_large("超过一亿像素") from error
    except Exception as error:  # Pillow's readers raise many kinds for broken files, with one meaning
        raise damaged(f"{type(error).__name__}: {error}") from error
    image.thumbnail((LONGEST, LONGEST))
    return image


def _too_large(size: str) -> TooLarge:
    most = MAX_PIXELS // 1_000_000
    return TooLarge("picture_too_large", f"图片太大（{size}），最多 {most} 百万像素。请缩小后再上传。")


def _steepness(one: Seen) -> float:
    left, top, right, bottom = one.box
    return (bottom - top) / max(1.0, right - left)


def _certainty(seen: list[Seen]) -> float:
    return sum(one.score * len(one.text) for one in seen) / max(1, sum(len(one.text) for one in seen))


def _recognised(pixels: Any) -> list[Seen]:
    result = _engine()(pixels, use_cls=False)
    if result.boxes is None or result.txts is None:
        return []
    found = []
    for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        xs, ys = [float(point[0]) for point in box], [float(point[1]) for point in box]
        if text.strip():
            found.append(Seen(text=text.strip(), score=float(score), box=(min(xs), min(ys), max(xs), max(ys))))
    return found


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR  # noqa: PLC0415 - heavy: only files with pictures need it

    quiet = {"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 2}
    return RapidOCR(params=quiet)
