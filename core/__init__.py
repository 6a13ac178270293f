"""Leaf room: the words every other room uses. Imports nothing of ours."""
