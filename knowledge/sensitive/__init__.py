"""Sensitive words: lists with an action each, matched at no visible cost, changed while everything runs."""
