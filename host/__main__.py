"""`python -m host COMMAND`: what the files in script/ call."""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from host import builds, constraints, setup
from host.console import Console
from host.serve import serve
from host.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
INTERRUPTED = 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="host", description="惠窗：安装与运行")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("serve", prog="script/serve", help="安装缺少的部分，然后启动全部服务")
    run.add_argument("--demo", action="store_true", help="演示模式：装入演示数据与演示账号")
    run.add_argument("--host", help="监听地址（默认 127.0.0.1）")
    run.add_argument("--port", type=int, help="监听端口（默认 8080）")
    run.add_argument("--no-dialogue", action="store_true", help="不启动对话服务，只做知识问答")
    run.add_argument("--setup-only", action="store_true", help="只安装，不启动")
    make = commands.add_parser("setup", prog="script/setup", help="只安装")
    make.add_argument("--tests", action="store_true", help="连同测试与检查所需的工具")
    make.add_argument("--no-dialogue", action="store_true", help="不安装对话服务")
    npm = commands.add_parser("npm", help="在 web/ 中运行 npm")
    npm.add_argument("words", nargs=argparse.REMAINDER)
    pins = commands.add_parser("constraints", prog="script/constraints", help="重新生成 requirements/ 中的精确版本")
    pins.add_argument("which", choices=["app", "rasa", "all"])
    for each in (run, make, npm, pins):
        each.add_argument("--verbose", action="store_true", help="出错时显示更多细节")
    return parser


def _environment(arguments: argparse.Namespace) -> dict[str, str]:
    """Options are settings: they beat the environment, and reach every role through it."""
    chosen = {"HOST": arguments.host, "PORT": arguments.port, "DEMO": "true" if arguments.demo else None}
    given = {f"HUICHUANG_{name}": str(value) for name, value in chosen.items() if value is not None}
    return {**os.environ, **given}


def _run(arguments: argparse.Namespace, console: Console) -> int:
    match arguments.command:
        case "serve":
            environment = _environment(arguments)
            dialogue = not arguments.no_dialogue
            serve(ROOT, console, environment, dialogue=dialogue, only_set_up=arguments.setup_only)
        case "setup":
            environment, tests = dict(os.environ), bool(arguments.tests)
            settings = setup.first(ROOT, console, environment, tests=tests)
            setup.rest(ROOT, console, environment, settings, dialogue=not arguments.no_dialogue, strict=tests)
            console.say("安装完成。")
        case "npm":
            node = builds.node_modules(ROOT, console)
            os.chdir(ROOT / "web")
            os.execvpe(node.npm[0], [*node.npm, *arguments.words], dict(node.environment))  # noqa: S606 - npm itself
        case "constraints":
            constraints.renew(ROOT, console, which=arguments.which)
    return 0


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    """Exit status: 0, 1 after a sentence, 130 when interrupted."""
    arguments = _parser().parse_args()
    console = Console(ROOT / "var" / "logs" / "setup.log", verbose=arguments.verbose)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return _run(arguments, console)
    except Trouble as trouble:
        if arguments.verbose:
            raise
        console.say(f"\n{trouble}")
        return 1
    except KeyboardInterrupt:
        console.say("\n已中断；再次运行会从中断处继续。")
        return INTERRUPTED
    except OSError as error:
        if arguments.verbose:
            raise
        console.say(f"\n操作系统拒绝了一个操作：{error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
