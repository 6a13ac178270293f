"""Staff room: accounts, roles, regions, log-in with lock-out, revocable sessions. `python -m staff` runs it alone."""
