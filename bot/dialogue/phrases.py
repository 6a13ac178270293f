"""Tokens for a classifier that lives on character n-grams: what stands between punctuation is one token.

Measured equal to jieba's words (docs/decisions/0002-nlu-pipeline.md), without its dictionary: seconds at the start,
memory, and a cache file in /tmp that anybody could write.
"""

import re
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

# A masked number is read as its kind alone: its random id would teach the classifier nothing but noise.
_PHRASE = re.compile(r"⟦(?P<kind>[^⟦⟧·]+)·[^⟦⟧]*⟧|[\w]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class PhraseTokenizer(Tokenizer):
    """`医保断了，怎么办` -> 医保断了 / 怎么办."""

    @staticmethod
    def supported_languages() -> Optional[List[Text]]:
        return ["zh"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "PhraseTokenizer":
        return cls(config)

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        """At least one token, for text without any letter too."""
        text = message.get(attribute)
        found = [Token(match.group("kind") or match.group(), match.start(), match.end()) for match in _PHRASE.finditer(text)]
        return found or [Token(text, 0)]
