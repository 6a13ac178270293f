"""One citizen turn, from meaning to reply.

Import-light on purpose: the dialogue process (Python 3.10) imports `bot.dialogue` through this file.
"""
