"""Desk room: people. Opening hours, who is there, requests for a person, messages left for a call-back."""
