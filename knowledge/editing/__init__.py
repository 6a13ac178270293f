"""The life cycle of knowledge: who wrote it, who approved it, when it holds, and what became of it."""
