"""Where a rule holds: administrative division codes (GB/T 2260) of the nation, a province or a city."""

NATION = "000000"

NAMES = {
    NATION: "全国",
    "330000": "浙江省",
    "330100": "杭州市",
    "330200": "宁波市",
    "330300": "温州市",
    "330400": "嘉兴市",
    "330500": "湖州市",
    "330600": "绍兴市",
    "330700": "金华市",
    "330800": "衢州市",
    "330900": "舟山市",
    "331000": "台州市",
    "331100": "丽水市",
}


def name(code: str) -> str:
    """What people call the region; the code itself when it is not in the table."""
    return NAMES.get(code, code)


def level(code: str) -> int:
    """0 for the nation, 1 for a province, 2 for a city, 3 for a county: the nearer rule has the higher level."""
    if code == NATION:
        return 0
    if code.endswith("0000"):
        return 1
    return 2 if code.endswith("00") else 3


def holds_for(rule: str, citizen: str) -> bool:
    """Whether a rule of region `rule` holds in region `citizen`; where that is unknown (""), only the nation's do."""
    if rule == NATION:
        return True
    if not citizen:
        return False
    return citizen.startswith(rule[: 2 * level(rule)])
