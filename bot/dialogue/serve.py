"""The dialogue process: `rasa run` with one channel, without Rasa's HTTP API and its telemetry."""

import argparse
import logging
import sys
from functools import partial
from typing import Any

# TensorFlow, which Rasa imports whatever the pipeline, tries jax for a converter nobody uses here: 66 MB less without.
sys.modules["jax"] = None  # type: ignore[assignment]

from rasa.core.channels.channel import InputChannel
from rasa.core.run import close_resources, configure_app, create_http_input_channels, load_agent_on_start
from rasa.core.utils import AvailableEndpoints
from rasa.utils.common import configure_logging_and_warnings
from rasa.utils.log_utils import configure_structlog

from bot.dialogue import remote


async def warm_up(app: Any, _: Any) -> None:
    """The first sentence loads word lists and costs a second; better now than in a citizen's turn."""
    agent = getattr(app.ctx, "agent", None)
    if agent is not None and agent.is_ready():
        await agent.parse_message("你好")


def main() -> None:
    """Serve until a signal arrives."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "endpoints", "credentials", "interface"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    # Rasa's debug lines hold what citizens say, and writing them costs more than the turn itself.
    configure_structlog(log_level=logging.WARNING)
    configure_logging_and_warnings(log_level=logging.WARNING, warn_only_once=True, filter_repeated_logs=True)
    remote.install()
    channels: "list[InputChannel]" = create_http_input_channels(None, arguments.credentials)
    endpoints = AvailableEndpoints.read_endpoints(arguments.endpoints)
    app = configure_app(channels, enable_api=False, port=arguments.port, endpoints=endpoints)
    app.register_listener(partial(load_agent_on_start, arguments.model, endpoints, None), "before_server_start")
    app.register_listener(warm_up, "before_server_start")
    app.register_listener(close_resources, "after_server_stop")
    app.run(host=arguments.interface, port=arguments.port, workers=1, backlog=100, access_log=False)


if __name__ == "__main__":
    main()
