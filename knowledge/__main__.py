"""`python -m knowledge`: build, search, validate, eval and fit from the command line."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from core import settings
from core.clock import SystemClock, today
from core.errors import HuiChuangError, Stale
from core.staff import Staff
from knowledge import encoder as encoders
from knowledge import shelf, stock
from knowledge.calculators import command as calculators
from knowledge.editing import served, sources
from knowledge.editing.editing import Editing
from knowledge.editing.version import Origin
from knowledge.editing.warnings import Marks
from knowledge.entry import Entry
from knowledge.laws import Laws
from knowledge.search import Found, Knowledge
from storage.database import Database

ENTRIES = settings.ROOT / "knowledge" / "entries"
INDEX = settings.ROOT / "var" / "index"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it went well, 1 when something is wrong with the content, 2 with the call."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except HuiChuangError as error:
        print(error.message, file=sys.stderr)
        return 2


def _build(options: argparse.Namespace) -> int:
    version, built = shelf.build(options.entries, options.index, encoders.choose(options.encoder))
    print(f"索引 {version} {'已建立' if built else '没有变化，不用重建'}")
    return 0


def _search(options: argparse.Namespace) -> int:
    encoder = encoders.choose(options.encoder)
    shelf.build(options.entries, options.index, encoder)
    knowledge = Knowledge.open(entries_dir=options.entries, index_dir=options.index, encoder=encoder)
    found = knowledge.search(options.question, region=options.region, on=today(SystemClock()), limit=options.limit)
    if options.json:
        print(json.dumps(_as_json(found), ensure_ascii=False, indent=1))
    else:
        _show(found)
    return 0


def _as_json(found: Found) -> dict[str, object]:
    hits = [
        {
            "entry_id": hit.entry.id,
            "score": hit.score,
            "question": hit.entry.question,
            "matched": hit.matched,
            "answer": hit.entry.answer,
            "source": hit.entry.source().to_json(),
        }
        for hit in found.hits
    ]
    return {"decision": found.decision.value, "hits": hits}


def _show(found: Found) -> None:
    print(f"决定：{found.decision.value}")
    for hit in found.hits:
        basis = "；".join(f"{item.law} {item.article}".strip() for item in hit.entry.basis)
        print(f"{hit.score:6.1%}  {hit.entry.id}  {hit.entry.question}")
        print(f"        近似问法：{hit.matched}\n        依据：{basis}")


def _validate(options: argparse.Namespace) -> int:
    entries, faults = stock.read(options.entries)
    if options.laws:
        faults += stock.check_basis(entries, Laws(options.laws))
    for fault in faults:
        print(fault)
    print(f"{len(entries)} 条知识，{len(faults)} 处问题" if faults else f"{len(entries)} 条知识，没有问题")
    return 1 if faults else 0


def _eval(options: argparse.Namespace) -> int:
    from knowledge.evaluate import run, table  # noqa: PLC0415 # only this command needs it

    report = run(options.faq, options.queries, encoders.choose(options.encoder))
    print(json.dumps(report, ensure_ascii=False) if options.json else table(report))
    return 0


def _fit(options: argparse.Namespace) -> int:
    from knowledge.fitting import run  # noqa: PLC0415 # only this command needs it

    run(options.entries, options.questions, options.output, encoders.choose(options.encoder), options.index)
    return 0


def _compare(options: argparse.Namespace) -> int:
    from knowledge.compare import run  # noqa: PLC0415 # only this command needs it

    names = options.encoder.split(",")
    print(run(options.entries, options.questions, {name: encoders.choose(name) for name in names}))
    return 0


def _laws_changed(options: argparse.Namespace) -> int:
    """Entries on changed articles: of the database where there is one (marked there), else of the files."""
    before, after = Laws(options.before), Laws(options.after)
    url = settings.load().database_url.get_secret_value()
    if url:
        found, marked = asyncio.run(_mark(url, before, after))
    else:
        found, marked = sources.resting(stock.load(options.entries), before, after), 0
    for one in found:
        print(f"{one.entry_id}  {one.question}\n        {one.rule}：{one.says}")
    print(f"{len({one.entry_id for one in found})} 条知识的依据有变" + (f"，新标记 {marked} 处待复核" if url else ""))
    return 0


async def _mark(url: str, before: Laws, after: Laws) -> tuple[list[sources.Resting], int]:
    database = Database(url)
    try:
        editions = (await served.read(database)).editions
        found = sources.resting(editions, before, after)
        marks = [(one.entry_id, one.rule, one.says) for one in found]
        return found, await Marks(database).add(marks, SystemClock().now(), actor="system")
    finally:
        await database.close()


def _articles(options: argparse.Namespace) -> int:
    from knowledge.articles import Articles  # noqa: PLC0415 # only this command needs it

    if options.action == "build":
        print(f"{Articles.build(Laws(options.laws), options.articles)} 条法条，索引在 {options.articles}")
        return 0
    found = Articles.load(options.articles).find(options.question)
    print(f"《{found.law}》{found.number}规定：{found.text}" if found else "没有把握对上的法条")
    return 0


def _judge(options: argparse.Namespace) -> int:
    from knowledge import judge  # noqa: PLC0415 # only this command needs it

    encoder = encoders.choose(options.encoder)
    shelf.build(options.entries, options.index, encoder)
    knowledge = Knowledge.open(entries_dir=options.entries, index_dir=options.index, encoder=encoder)
    on = today(SystemClock())
    asked = judge.questions(options.questions or judge.files())
    verdicts = judge.judge(asked, lambda question: knowledge.search(question, region=options.region, on=on))
    report = judge.report(verdicts)
    print(json.dumps(report, ensure_ascii=False) if options.json else judge.table(report))
    return 0 if report["met"] else 1


def _matters(options: argparse.Namespace) -> int:
    from knowledge import matters  # noqa: PLC0415 # only this command needs it

    begun = time.perf_counter()
    done = matters.read(options.file, options.region)
    for says in (*done.refused, *done.remarks):
        print(says)
    print(f"读了 {len(done.entries)} 个事项，{len(done.refused)} 行没有用，{time.perf_counter() - begun:.1f} 秒")
    if options.out:
        print(f"写到 {matters.write(done.entries, options.region, options.out)}，{time.perf_counter() - begun:.1f} 秒")
    if options.drafts:
        made, known = asyncio.run(_draft(done.entries, matters.importer(options.region), options.file.name))
        print(f"新建 {made} 份草稿，{known} 个编号已有，{time.perf_counter() - begun:.1f} 秒")
    return 0


async def _draft(entries: list[Entry], staff: Staff, source: str) -> tuple[int, int]:
    """Every entry as a draft: (how many were made, how many ids are taken)."""
    database = Database(settings.load().database_url.get_secret_value())
    try:
        editing = Editing(database=database, clock=SystemClock())
        note = f"导入自 {source}；问法自动生成，待人工核对"
        made = known = 0
        for entry in entries:
            try:
                await editing.create(entry.to_json(), staff, origin=Origin.IMPORT, note=note)
                made += 1
            except Stale:
                known += 1
    finally:
        await database.close()
    return made, known


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m knowledge", description="知识库：建索引、检索、检查、评测、训练权重"
    )
    commands = parser.add_subparsers(required=True, metavar="命令")

    def command(name: str, says: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=says, description=says)
        sub.set_defaults(run=run)
        sub.add_argument("--entries", type=Path, default=ENTRIES, help="知识条目文件夹")
        sub.add_argument("--encoder", default="builtin", help="编码器：builtin，或 transformers 模型的文件夹或名称")
        return sub

    build = command("build", "建立索引（没有变化就跳过）", _build)
    search = command("search", "检索一个问题", _search)
    search.add_argument("question", help="问题")
    search.add_argument("--region", default=settings.Settings.model_fields["region"].default, help="市民所在地区代码")
    search.add_argument("--limit", type=int, default=5, help="最多几条")
    search.add_argument("--json", action="store_true", help="输出 JSON")
    judge = command("judge", "在没学过的问题上量：答错、覆盖、可靠性、风险与覆盖", _judge)
    judge.add_argument("--questions", type=Path, nargs="*", help="留出问题（默认 knowledge/heldout/*.jsonl）")
    judge.add_argument("--region", default=settings.Settings.model_fields["region"].default, help="市民所在地区代码")
    judge.add_argument("--json", action="store_true", help="输出 JSON")
    validate = command("validate", "检查全部知识条目", _validate)
    validate.add_argument("--laws", type=Path, help="法规文件夹：逐条核对依据")
    changed = command("laws-changed", "法规有更新：列出依据有变的条目，并标记待复核", _laws_changed)
    changed.add_argument("--before", type=Path, required=True, help="原来的法规文件夹")
    changed.add_argument("--after", type=Path, required=True, help="新的法规文件夹")
    evaluate = command("eval", "用任意问答集评测检索", _eval)
    evaluate.add_argument("--faq", type=Path, required=True, help='每行 {"id","question","answer"}')
    evaluate.add_argument("--queries", type=Path, required=True, help='每行 {"qid","query","faq_id":[id]}')
    evaluate.add_argument("--json", action="store_true", help="输出 JSON")
    calculators.add(commands)
    matters = command("matters", "导入事项数据：检查，写成条目文件，或建成草稿", _matters)
    matters.add_argument("--file", type=Path, required=True, help="每行一个事项的 JSON")
    matters.add_argument("--region", required=True, help="行政区划代码，如 440000；只导入这个地区以内的")
    matters.add_argument("--out", type=Path, help="写成条目文件的文件夹")
    matters.add_argument("--drafts", action="store_true", help="在数据库（DATABASE_URL）里建成草稿，等人核对和审核")
    fit = command("fit", "用开发问题训练检索权重", _fit)
    compare = command("compare", "比较编码器：各自能找到多少，与 BM25 混合又如何", _compare)
    compare.set_defaults(encoder="own,latent")
    for sub in (fit, compare):
        sub.add_argument(
            "--questions", type=Path, default=Path(__file__).with_name("dev_questions.jsonl"), help="开发问题"
        )
    fit.add_argument("--output", type=Path, default=Path(__file__).with_name("weights.json"), help="写到哪里")
    for sub in (build, search, judge, fit):
        sub.add_argument("--index", type=Path, default=INDEX, help="索引文件夹")
    articles = command("articles", "法条：建立索引，或试查一条", _articles)
    articles.add_argument("action", choices=("build", "find"), help="build 建立，find 试查")
    articles.add_argument("question", nargs="?", default="", help="find 的问题")
    articles.add_argument("--laws", type=Path, default=Path("laws"), help="法规文件夹（Markdown）")
    articles.add_argument("--articles", type=Path, default=INDEX / "articles", help="法条索引文件夹")
    return parser


if __name__ == "__main__":
    sys.exit(main())
