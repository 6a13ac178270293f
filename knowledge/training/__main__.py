"""`python -m knowledge.training`: trains the encoder, goes on where it stopped, writes knowledge/model."""

import argparse
import sys
import time
from pathlib import Path

from core.errors import HuiChuangError
from core.settings import ROOT

_ROOM = ROOT / "knowledge"


def main(arguments: list[str] | None = None) -> int:
    """0 when a model was written, 2 when the call or the material is wrong."""
    options = _parser().parse_args(arguments)
    from knowledge.training.export import export  # noqa: PLC0415 # torch takes seconds; --help need not wait
    from knowledge.training.loop import Plan, restored, train  # noqa: PLC0415

    began = time.perf_counter()

    def say(text: str) -> None:
        print(f"[{(time.perf_counter() - began) / 60:5.1f} 分钟] {text}", file=sys.stderr, flush=True)

    try:
        if options.export:
            state = restored(options.state)
            if state is None:
                print(f"还没有训练的中间结果：{options.state}", file=sys.stderr)
                return 2
            size = export(state, options.output)
        else:
            plan = Plan(
                entries=options.entries,
                paraphrases=options.paraphrases,
                laws=options.laws,
                matters=options.matters,
                output=options.output,
                state=options.state,
                seconds=options.minutes * 60,
                steps=options.steps,
                batch=options.batch,
                rate=options.rate,
                device=options.device,
                threads=options.threads,
                every=options.every,
            )
            size = train(plan, say)
    except HuiChuangError as error:
        print(error.message, file=sys.stderr)
        return 2
    print(f"模型已写到 {options.output}，权重 {size / 1e6:.1f} MB")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="script/train-encoder",
        description="训练自己的编码器；中断后再运行同一命令会接着训练。要从头训练，请先删除 --state 文件夹",
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="训练多少分钟（默认 60）")
    parser.add_argument("--steps", type=int, default=0, help="改按步数训练：同样的材料和步数得到同样的模型")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto：有 GPU 就用")
    parser.add_argument("--threads", type=int, default=1, help="CPU 线程数；机器忙时 1 最快")
    parser.add_argument("--batch", type=int, default=120, help="每步多少句")
    parser.add_argument("--rate", type=float, default=6e-4, help="最高学习率")
    parser.add_argument("--every", type=int, default=100, help="每多少步存一次中间结果")
    parser.add_argument("--entries", type=Path, default=_ROOM / "entries", help="知识条目文件夹")
    parser.add_argument(
        "--paraphrases",
        type=Path,
        default=_ROOM / "training" / "paraphrases",
        help="问法文件夹（*.tsv：条目<TAB>句子）",
    )
    parser.add_argument("--laws", type=Path, help="法规文件夹（Markdown，可不给）")
    parser.add_argument("--matters", type=Path, help="办事事项文件（JSON 行，可不给）")
    parser.add_argument("--state", type=Path, default=ROOT / "var" / "encoder", help="中间结果文件夹")
    parser.add_argument("--output", type=Path, default=_ROOM / "model", help="模型写到哪里")
    parser.add_argument("--export", action="store_true", help="不训练，只把中间结果写成模型")
    return parser


if __name__ == "__main__":
    sys.exit(main())
