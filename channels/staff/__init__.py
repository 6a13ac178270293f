"""The staff site's routes: log-in, accounts, knowledge (ARCHITECTURE 4). Every one declares a permission."""
