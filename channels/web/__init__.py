"""The web channel: REST, WebSocket and the citizen window (ARCHITECTURE 4)."""
