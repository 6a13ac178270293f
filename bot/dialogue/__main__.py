"""`python -m bot.dialogue`, in the dialogue environment: find the model, write the endpoints, become the server.

Environment: HUICHUANG_INTERNAL_TOKEN, HUICHUANG_ACTIONS_URL, and if they differ from the defaults HUICHUANG_RASA_PORT
and HUICHUANG_STATE_DIR.
"""

import os
import sys
from pathlib import Path

from bot.dialogue import launch


class FromEnvironment:
    """core.settings is for Python 3.11; the dialogue process needs one number of it."""

    rasa_port = int(os.environ.get("HUICHUANG_RASA_PORT", "5005"))


def main() -> None:
    """Never returns: this process becomes the server, under the same process id."""
    state = Path(os.environ.get("HUICHUANG_STATE_DIR") or launch.ROOT / "var").resolve()
    token, actions = os.environ.get("HUICHUANG_INTERNAL_TOKEN", ""), os.environ.get("HUICHUANG_ACTIONS_URL", "")
    if not token or not actions:
        sys.exit("对话服务需要 HUICHUANG_INTERNAL_TOKEN 和 HUICHUANG_ACTIONS_URL，由 script/serve 启动时给出")
    try:
        model = launch.model(state / "models")
    except FileNotFoundError as error:
        sys.exit(str(error))
    endpoints = state / "run" / "endpoints.yml"
    launch.write_endpoints(endpoints, actions)
    os.chdir(launch.ROOT)
    command = launch.command(FromEnvironment(), model, endpoints)
    os.execve(command[0], command, launch.environment(token))


if __name__ == "__main__":
    main()
