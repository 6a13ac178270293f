"""Which encoder, by its name: `builtin` (the best of what is shipped), `own` (knowledge/own.py), `latent`
(knowledge/latent.py), or a transformers model by local directory or hub name (knowledge/transformer.py)."""

from knowledge.vectors import Encoder

BUILTIN, OWN, LATENT = "builtin", "own", "latent"
OWN_SHARE = 0.7
"""What our own encoder counts beside the latent one (figures: knowledge/model/README.md)."""


def choose(name: str) -> Encoder:
    """The encoder that a setting names; raises Misuse with a sentence when it is not there."""
    if name == BUILTIN:
        from knowledge.mixed import MixedEncoder  # noqa: PLC0415 # only the chosen one is loaded

        return MixedEncoder([(OWN_SHARE, choose(OWN)), (1 - OWN_SHARE, choose(LATENT))])
    if name == OWN:
        from knowledge.own import OwnEncoder  # noqa: PLC0415

        return OwnEncoder()
    if name == LATENT:
        from knowledge.latent import LatentEncoder  # noqa: PLC0415

        return LatentEncoder()
    from knowledge.transformer import TransformerEncoder  # noqa: PLC0415 # torch takes seconds and 300 MB

    return TransformerEncoder(name)
