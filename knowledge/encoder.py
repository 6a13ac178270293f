"""Which encoder: `builtin` (no download, no torch; knowledge/latent.py) or a transformers model, by local directory or
hub name (knowledge/transformer.py)."""

from knowledge.vectors import Encoder

BUILTIN = "builtin"


def choose(name: str) -> Encoder:
    """The encoder that a setting names; raises Misuse with a sentence when it is not there."""
    if name == BUILTIN:
        from knowledge.latent import LatentEncoder  # noqa: PLC0415 # only the chosen one is loaded

        return LatentEncoder()
    from knowledge.transformer import TransformerEncoder  # noqa: PLC0415 # torch takes seconds and 300 MB

    return TransformerEncoder(name)
