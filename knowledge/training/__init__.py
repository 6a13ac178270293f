"""Trains the project's own encoder (knowledge/model): `script/train-encoder`, `python -m knowledge.training`."""
