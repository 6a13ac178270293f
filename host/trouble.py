"""What a person who starts the program is told when it cannot go on."""


class Trouble(Exception):
    """A sentence that names what failed and what to do; printed without a traceback."""
