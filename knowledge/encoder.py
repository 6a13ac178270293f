"""Which encoder, by its name: `builtin` (what is shipped), `own` (knowledge/own.py), `latent`
(knowledge/latent.py), or a transformers model by local directory or hub name (knowledge/transformer.py)."""

from knowledge.vectors import Encoder

BUILTIN, OWN, LATENT = "builtin", "own", "latent"


def choose(name: str) -> Encoder:
    """The encoder that a setting names; raises Misuse with a sentence when it is not there."""
    if name == OWN:
        from knowledge.own import OwnEncoder  # noqa: PLC0415

        return OwnEncoder()
    if name in (BUILTIN, LATENT):
        from knowledge.latent import LatentEncoder  # noqa: PLC0415

        return LatentEncoder()
    from knowledge.transformer import TransformerEncoder  # noqa: PLC0415 # torch takes seconds and 300 MB

    return TransformerEncoder(name)
