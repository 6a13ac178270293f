"""The knowledge room: reviewed entries, found by people's own words. `python -m knowledge --help` runs it alone."""
