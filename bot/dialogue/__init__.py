"""Runs inside the dialogue process (Python 3.10, .venv-rasa); `launch` alone is also imported by our own program."""
