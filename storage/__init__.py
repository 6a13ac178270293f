"""Storage room: the shared tables (conversations, inbox, messages, outbox, audit, personal values) and their verbs."""
