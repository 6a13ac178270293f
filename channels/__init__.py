"""Channels: transport only. A channel gets callbacks and never imports the bot."""
