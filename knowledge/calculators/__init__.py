"""Calculators: each a pure function from what a citizen gives to an estimate, with its formula, law and limits.

`catalogue.calculate(name, given, ...)` is the door; `hearing` reads the values out of what was said.
"""
