"""The model and one step of learning: InfoNCE over all of the batch, and a choice among all groups of the stock."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from knowledge.characters import Characters
from knowledge.training.batches import SEED, Batch

TEMPERATURE = 0.05
CHOICE_WEIGHT = 0.5
CHOICE_TEMPERATURE = 0.07
_CHUNK = 48
"""Texts encoded together, of about one length, so that little is padding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The size of the model."""

    layers: int = 4
    hidden: int = 256
    heads: int = 4
    inner: int = 1024
    positions: int = 64

    def config(self, vocabulary: int) -> dict[str, Any]:
        """As `BertConfig` names it."""
        return {
            "vocab_size": vocabulary,
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.inner,
            "max_position_embeddings": self.positions,
            "type_vocab_size": 1,
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.0,
            "pad_token_id": 0,
        }


class Learner:
    """Model, prototypes of the groups and optimiser."""

    def __init__(self, characters: Characters, names: Sequence[str], shape: Shape, rate: float, device: str) -> None:
        from transformers import BertConfig, BertModel  # noqa: PLC0415 # takes seconds

        torch.manual_seed(SEED)
        self.characters, self.names, self.shape, self.rate = characters, tuple(names), shape, rate
        self.device = torch.device(device)
        model: nn.Module = BertModel(BertConfig(**shape.config(len(characters.vocabulary))), add_pooling_layer=False)
        with torch.no_grad():  # what a character is must outweigh where it stands, else all means begin alike
            model.get_parameter("embeddings.word_embeddings.weight").mul_(2.5)
            model.get_parameter("embeddings.position_embeddings.weight").mul_(0.5)
        self.model = model.to(self.device)
        self.prototypes = nn.Parameter(torch.randn(len(names), shape.hidden) * 0.05)
        self.prototypes.data = self.prototypes.data.to(self.device)
        decayed = [value for value in self.model.parameters() if value.dim() > 1]
        plain = [value for value in self.model.parameters() if value.dim() <= 1]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": 0.01, "scale": 1.0},
                {"params": plain, "weight_decay": 0.0, "scale": 1.0},
                {"params": [self.prototypes], "weight_decay": 0.0, "scale": 4.0},
            ],
            lr=rate,
        )

    def learn(self, batch: Batch, step: int, progress: float) -> float:
        """One step; the loss."""
        torch.manual_seed(SEED + step)  # drop-out follows the step, so that a resumed run is the same run
        self.model.train()
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * pace(progress) * group["scale"]
        rows = self.encode(batch.texts)
        owners = torch.tensor(batch.groups, device=self.device)
        loss = contrast(rows, owners)
        if batch.own:
            level = rows @ functional.normalize(self.prototypes, dim=1).T / CHOICE_TEMPERATURE
            loss = loss + CHOICE_WEIGHT * functional.cross_entropy(level, owners)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return float(loss.detach())

    def encode(self, texts: Sequence[str]) -> Tensor:
        """(texts, hidden) rows of length one."""
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        parts = [self._pooled([texts[at] for at in order[i : i + _CHUNK]]) for i in range(0, len(order), _CHUNK)]
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return functional.normalize(torch.cat(parts)[back.to(self.device)], dim=1)

    def _pooled(self, texts: Sequence[str]) -> Tensor:
        numbers, mask = (torch.from_numpy(part).to(self.device) for part in self.characters.padded(texts))
        states = self.model(input_ids=numbers, attention_mask=mask.long()).last_hidden_state
        weights = mask.unsqueeze(-1)
        pooled: Tensor = (states * weights).sum(1) / weights.sum(1)
        return pooled

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, as plain values and tensors."""
        return {
            "model": self.model.state_dict(),
            "prototypes": self.prototypes.detach(),
            "optimiser": self.optimiser.state_dict(),
            "vocabulary": list(self.characters.vocabulary),
            "names": list(self.names),
            "shape": asdict(self.shape),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state; groups that are new since then begin at the mean of the old ones."""
        self.model.load_state_dict(state["model"])
        rows = {name: row for row, name in enumerate(state["names"])}
        kept = [(at, rows[name]) for at, name in enumerate(self.names) if name in rows]
        moments = state["optimiser"]["state"]
        mine = state["optimiser"]["param_groups"][-1]["params"][0]

        def spread(old: Tensor, filled: Tensor) -> Tensor:
            new = filled.expand(len(self.names), -1).clone()
            if kept:
                new[[at for at, _ in kept]] = old[[row for _, row in kept]]
            return new

        old = state["prototypes"]
        self.prototypes.data = spread(old, old.mean(0)).to(self.device)
        for name in ("exp_avg", "exp_avg_sq") if mine in moments else ():
            value = moments[mine][name]
            moments[mine][name] = spread(value, value.mean(0))
        self.optimiser.load_state_dict(state["optimiser"])


def contrast(rows: Tensor, owners: Tensor) -> Tensor:
    """InfoNCE: each text should be nearer to each other text of its group than to any text of another group."""
    level = rows @ rows.T / TEMPERATURE
    same = owners[:, None] == owners[None, :]
    self_pair = torch.eye(len(owners), dtype=torch.bool, device=owners.device)
    wrong = torch.logsumexp(level.masked_fill(same, -1e4), dim=1, keepdim=True)
    each = torch.logaddexp(level, wrong) - level
    pairs = same & ~self_pair
    return each[pairs].mean()


def pace(progress: float) -> float:
    """Share of the learning rate: up over the first 3 %, then down to nearly nothing."""
    warm = 0.03
    return max(progress, 0.002) / warm if progress < warm else max((1 - progress) / (1 - warm), 0.02)
