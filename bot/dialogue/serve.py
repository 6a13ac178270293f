"""The dialogue process: `rasa run` with one channel, without Rasa's HTTP API, its training code and its telemetry."""

import argparse
import logging

from rasa.core.run import serve_application
from rasa.core.utils import AvailableEndpoints
from rasa.utils.common import configure_logging_and_warnings


def main() -> None:
    """Serve until a signal arrives."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "endpoints", "credentials", "interface"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    configure_logging_and_warnings(log_level=logging.WARNING, warn_only_once=True, filter_repeated_logs=True)
    serve_application(
        arguments.model,
        credentials=arguments.credentials,
        interface=arguments.interface,
        port=arguments.port,
        enable_api=False,
        endpoints=AvailableEndpoints.read_endpoints(arguments.endpoints),
    )


if __name__ == "__main__":
    main()
