"""Code and documents keep to the field's standard words."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# word -> the standard one
WORDS = {
    r"mend(s|ed|ing|ings)?": "fix",
    r"suppos(e|es|ed|ing|ition|itions)": "assume, assumption",
    r"anew": "again",
    r"begun": "started",
    r"farewell": "shutdown",
    r"gluttons?": "the process with the highest use",
    r"whoever": "a concrete subject",
    r"goes without saying": "nothing",
    r"in vain": "without result",
    r"cries wolf": "refutes a sound schema",
    r"corpses?": "a process that has ended",
    r"let be": "ignored",
}
PATTERN = re.compile(rf"\b({'|'.join(WORDS)})\b", re.IGNORECASE)
PARTICIPLES = re.compile(
    r"^\s*(?:async )?def _?(found|told|asked|kept|given|made|said|place|tried|stored|spelled)\b", re.MULTILINE
)
TEXTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "examples").rglob("*.py"),
    *(ROOT / "src").rglob("*.py"),
    *(ROOT / "src").rglob("*.md"),
]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_text_has_none_of_the_words(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()

    assert [f"{number}: {line.strip()}" for number, line in enumerate(lines, 1) if PATTERN.search(line)] == []


@pytest.mark.parametrize("path", [path for path in TEXTS if path.suffix == ".py"], ids=lambda path: path.name)
def test_no_function_is_a_bare_participle(path: Path) -> None:
    assert PARTICIPLES.findall(path.read_text(encoding="utf-8")) == []
