"""What each kind of file gives: sections with their place, drafts with their basis, and what was not understood."""

import io

import pypdf
import pytest

from core.clock import SystemClock
from core.errors import Misuse, TooLarge
from knowledge.documents.parse import parse
from knowledge.documents.section import Found
from tests.knowledge.documents import files

WITH_FONT = pytest.mark.skipif(files.font_path() is None, reason="no font with Chinese letters on this system")


def read(name: str, data: bytes) -> Found:
    shares: list[float] = []
    found = parse(name, data, shares.append, SystemClock())
    assert shares == sorted(shares) and shares[-1] == 1.0
    return found


def article(found: Found, title: str) -> dict[str, object]:
    return next(section for section in found.sections if section["title"].endswith(title))


def says(found: Found) -> str:
    return "\n".join(f"{remark.place}：{remark.says}" for remark in found.report)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("条例.docx", files.word(files.LAW)),
        ("条例.pdf", files.pdf([[line for text in files.LAW for line in text.splitlines()]])),
        ("条例.txt", "\n".join(files.LAW).encode()),
        ("条例.txt", "\n".join(files.LAW).encode("gb18030")),
        ("条例.html", "".join(f"<p>{text}</p>" for text in files.LAW).replace("\n", "<br>").encode()),
    ],
    ids=["word", "pdf", "text", "gb18030", "html"],
)
def test_a_law_becomes_articles_with_their_basis(name: str, data: bytes) -> None:
    found = read(name, data)
    assert found.title == "城市居民服务管理条例"
    third = article(found, "第三条")
    assert third["title"] == "城市居民服务管理条例 › 第二章 办理 › 第三条" and third["place"]
    content = third["suggested"]
    assert isinstance(content, dict)
    assert content["question"] == "《城市居民服务管理条例》第三条是怎么规定的？"
    assert content["basis"][0]["law"] == "城市居民服务管理条例" and content["basis"][0]["article"] == "第三条"
    assert content["basis"][0]["quote"] in str(third["text"]).replace("\n", "")
    assert content["effective_from"] == "2026-03-01"
    assert "居民身份证" in content["answer"]


def test_word_headings_and_tables_keep_their_place() -> None:
    data = files.word(
        ["办事指南", "失业金怎么领", "带身份证到窗口申请，次月发放。"],
        headings={"办事指南": 1, "失业金怎么领": 2},
        table=[["项目", "说明"], ["地点", "市民中心"]],
    )
    found = read("指南.docx", data)
    section = article(found, "失业金怎么领")
    assert section["place"] == "第2段"
    assert "地点；市民中心" in str(section["text"])
    assert section["suggested"]["question"] == "失业金怎么领？"  # type: ignore[index]


def test_materials_steps_and_limits_are_recognised() -> None:
    text = (
        "# 办事指南\n## 居住证申领\n申请材料：\n1. 身份证\n2. 居住证明\n办理流程：\n（一）提交申请\n（二）领取证件\n"
        "办理时限：15个工作日\n收费标准：不收费\n办理地点：各派出所\n咨询电话：0571-12345678"
    )
    content = article(read("指南.md", text.encode()), "居住证申领")["suggested"]
    assert isinstance(content, dict)
    assert content["materials"] == ["身份证", "居住证明"]
    assert content["steps"] == ["提交申请", "领取证件"]
    assert (content["time_limit"], content["fee"]) == ("15个工作日", "不收费")
    assert content["channels"] == {"window": "各派出所", "phone": "0571-12345678"}


def test_a_document_is_cited_by_its_number() -> None:
    text = (
        "关于调整缴费标准的通知\n杭人社发〔2026〕12号\n一、缴费标准\n缴费标准调整为每月三百元，自2026年7月1日起执行。"
    )
    content = article(read("通知.txt", text.encode()), "缴费标准")["suggested"]
    assert isinstance(content, dict)
    ground = {"law": "关于调整缴费标准的通知", "article": "杭人社发〔2026〕12号", "quote": "", "kind": "document"}
    assert content["basis"] == [ground]
    assert content["effective_from"] == "2026-07-01"


def test_question_sheets_with_and_without_names() -> None:
    named = files.excel(
        [["序号", "问题", "答案"], [1, "社保卡丢了怎么办？", "先挂失，再补办。"], [2, "没有答案的", None]]
    )
    found = read("问答.xlsx", named)
    assert [section["suggested"]["question"] for section in found.sections] == ["社保卡丢了怎么办？"]
    assert found.sections[0]["place"] == "工作表“问答”第2行"
    assert "第3行：这一行缺少答案，没有导入。" in says(found)
    plain = read("问答.xlsx", files.excel([["社保卡丢了怎么办？", "先挂失。"], ["怎么补办？", "到窗口补办。"]]))
    assert len(plain.sections) == 2 and "没有表头" in says(plain)


def test_matter_sheets_become_guides() -> None:
    rows = [["事项名称", "申请材料", "办理地点", "承诺时限", "设定依据"]]
    rows += [["居住证签注", "身份证；居住证", "派出所", "5个工作日", "《居住证暂行条例》第十条"]]
    content = read("事项.xlsx", files.excel(rows)).sections[0]["suggested"]
    assert content["question"] == "居住证签注怎么办理？"
    assert content["materials"] == ["身份证", "居住证"]
    assert content["basis"][0] == {"law": "居住证暂行条例", "article": "第十条", "quote": "", "kind": "law"}


def test_wrong_columns_are_named() -> None:
    with pytest.raises(Misuse, match=r"A列“姓名”、B列“工号”.*“问题”和“答案”") as raised:
        read("名单.xlsx", files.excel([["姓名", "工号"], ["张三", "1"], ["李四", "2"]]))
    assert raised.value.code == "wrong_columns"


def test_formulas_are_never_calculated() -> None:
    found = read(
        "问答.xlsx",
        files.excel([["问题", "答案"], ["公式呢？", '=HYPERLINK("http://x/","点我")'], ["好吗？", "好的。"]]),
    )
    assert "HYPERLINK" not in str(found.to_json())
    assert "第2行：这一行缺少答案" in says(found)


def test_web_pages_lose_scripts_navigation_and_footers() -> None:
    page = (
        "<html><head><title>办事</title><script>alert(1)</script></head><body><nav>首页 导航</nav>"
        "<div class='breadcrumb'>您的位置</div><h1>办事指南</h1>"
        "<h2>怎么申请低保</h2><p>向<b>户籍所在地</b>街道提出申请。</p>"
        "<table><tr><th>问题</th><th>答案</th></tr><tr><td>多久批下来？</td><td>三十个工作日。</td></tr></table>"
        "<footer>版权所有</footer></body></html>"
    )
    found = read("页面.html", page.encode())
    text = str(found.to_json())
    assert not any(word in text for word in ("alert", "导航", "您的位置", "版权所有"))
    assert article(found, "怎么申请低保")["text"] == "向户籍所在地街道提出申请。"
    assert article(found, "多久批下来？")["suggested"]["answer"] == "三十个工作日。"  # type: ignore[index]


def test_pdf_lines_are_joined_and_running_heads_dropped() -> None:
    long = "第五条 用人单位应当自用工之日起三十日内为其职工向社会保险经办机构申请办理"
    pages = [["某某条例汇编", long, "社会保险登记。", f"— {number} —"] for number in range(1, 6)]
    found = read("汇编.pdf", files.pdf(pages))
    assert "汇编" not in "".join(section["text"] for section in found.sections)
    assert found.sections[0]["text"].endswith("申请办理社会保险登记。")
    assert found.sections[1]["place"] == "第2页"


def test_a_pdf_with_a_password_is_refused() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(files.pdf([["第一条 秘密。"]])))
    writer.encrypt("geheim", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(Misuse, match="密码") as raised:
        read("密.pdf", out.getvalue())
    assert raised.value.code == "encrypted_file"


@WITH_FONT
@pytest.mark.parametrize("turned", [0, 90, 180])
def test_a_picture_of_a_notice_is_read_whichever_way_it_lies(turned: int) -> None:
    lines = ["关于调整缴费时间的通知", "第一条 缴费时间为每月一日至二十日。", "第二条 逾期缴费的加收滞纳金。"]
    found = read("通知.png", files.picture(lines, turned=turned))
    assert found.kind == "picture" and found.title == lines[0]
    assert "缴费时间为每月一日至二十日" in str(article(found, "第一条")["text"])
    assert "滞纳金" in str(article(found, "第二条")["text"])


@WITH_FONT
def test_scanned_pages_are_recognised() -> None:
    scan = files.scanned_pdf([files.picture(["第一条 扫描的第一页。"]), files.picture(["第二条 扫描的第二页。"])])
    found = read("扫描.pdf", scan)
    assert "扫描的第二页" in str(article(found, "第二条")["text"])
    assert str(article(found, "第二条")["place"]).startswith("第2页")


def test_small_and_empty_pictures_are_said() -> None:
    with pytest.raises(Misuse, match="图片太小（100×90 像素）"):
        read("小.png", files.picture([], size=(100, 90)))
    with pytest.raises(Misuse, match="没有认出文字"):
        read("空.png", files.picture([], size=(400, 300)))


def test_a_picture_of_too_many_pixels_is_not_even_unpacked() -> None:
    with pytest.raises(TooLarge, match="百万像素"):
        read("大.png", files.picture([], size=(9000, 6000)))


def test_private_numbers_are_masked_and_reported() -> None:
    text = "# 公示\n## 名单\n张三 330106199001011233 手机13812345678，经办电话0571-87654321。"
    found = read("公示.md", text.encode())
    shown = str(found.to_json())
    assert "199001011233" not in shown and "13812345678" not in shown
    assert "0571-87654321" in shown
    assert "疑似手机号、身份证号，已经打码" in says(found)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("旧.doc", bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600), "另存为"),
        ("旧.xls", bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600), "旧版 Excel"),
        ("密.docx", bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le"), "密码"),
        ("包.zip", files.package({"a.txt": b"x"}), "压缩包"),
        ("空.txt", b"", "空的"),
        ("空白.txt", b" \n \n", "没有找到文字"),
        ("坏.docx", b"PK\x03\x04 broken", "损坏"),
        ("假.docx", "其实是文字".encode(), "损坏"),
        ("程序.bin", bytes(range(256)) * 20, "看不出"),
        ("富.rtf", b"{\\rtf1 x}", "另存为"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(name: str, data: bytes, says: str) -> None:
    with pytest.raises(Misuse) as raised:
        read(name, data)
    assert says in raised.value.message
