"""A change of a few words leaves the other automata as they are."""

from knowledge.sensitive.matching import Action, WordList, Words


def lists(*words: str) -> list[WordList]:
    return [WordList(name="x", action=Action.BLOCK, whole_words=False, words=words)]


def test_what_did_not_change_is_taken_over() -> None:
    many = [f"词{number}号" for number in range(500)]
    old = Words(lists(*many))
    new = Words(lists(*many, "新词"), old)
    kept = sum(one is other for one, other in zip(old._shards, new._shards, strict=True))
    assert kept == len(old._shards) - 1
    assert new.judge("这是新词") is not None and old.judge("这是新词") is None
    gone = Words(lists(*many[1:], "新词"), new)
    assert gone.judge("词0号") is None and gone.judge("词499号") is not None
