"""What is counted while running (`GET /metrics`). Labels are few and never personal."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("huichuang_messages_accepted_total", "Messages accepted durably", ["channel"])
TURNS = Counter("huichuang_turns_total", "Turns finished", ["step"])
TURN_SECONDS = Histogram(
    "huichuang_turn_seconds",
    "From claim to commit of one turn",
    ["step"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
SOCKETS = Gauge("huichuang_web_sockets", "Open WebSockets")
REFUSED = Counter("huichuang_requests_refused_total", "Requests answered with an error", ["code"])
REWORDINGS = Counter("huichuang_rewordings_total", "Answers a language model reworded, by what came of it", ["outcome"])
