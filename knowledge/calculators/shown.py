"""Figures as people read them; money is rounded to 分, half up."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Rounded to 分."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """Without trailing zeros: 3.5, 12."""
    text = f"{value.normalize():f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def yuan(amount: Decimal) -> str:
    """28000元, 1234.5元."""
    return f"{plain(cents(amount))}元"


def span(months: Decimal | int) -> str:
    """Months as 3年7个月; days over are named as 零几天 would be: rounded down, with 多."""
    whole, over = int(months), Decimal(months) != int(months)
    years, rest = divmod(whole, 12)
    parts = [f"{years}年" if years else "", f"{rest}个月" if rest or not years else ""]
    return "".join(parts) + ("多" if over else "")


def age(months: int) -> str:
    """Months of age as 60岁1个月."""
    years, rest = divmod(months, 12)
    return f"{years}岁{rest}个月" if rest else f"{years}岁"


def month(index: int) -> str:
    """Months since year 0 as 2025年2月."""
    return f"{index // 12}年{index % 12 + 1}月"


def index(written: str) -> int:
    """ "1970-05" as months since year 0."""
    year, number = written.split("-")
    return int(year) * 12 + int(number) - 1
