"""What Rasa calls back: one function per action, run inside our own process."""
