"""Access to the word lists in `word_lists.yaml`, which is read once."""

from functools import cache
from importlib import resources

import yaml


@cache
def _lists() -> dict[str, str]:
    text = resources.files(__package__).joinpath("word_lists.yaml").read_text(encoding="utf-8")
    lists: dict[str, str] = yaml.safe_load(text)
    return lists


@cache
def words(name: str) -> frozenset[str]:
    """Return the words of one list; KeyError if the file has no such list."""
    return frozenset(_lists()[name].split())
