"""What a person who starts the program is told when it cannot go on."""


class Trouble(Exception):  # noqa: N818 - "trouble" is the word shown to people
    """A sentence that names what failed and what to do; printed without a traceback."""
