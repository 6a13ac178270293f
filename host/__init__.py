"""Set-up and supervision on one machine.

Only the standard library: these modules run on the system's Python before any environment exists.
"""
