"""Parse the front matter of an agent file, valid or not."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_dba.agents.team.definition import read_definition
from langgraph_dba.agents.team.front_matter import (
    KNOWN_KEYS,
    MAX_HEAD_CHARS,
    FrontMatter,
    HeadTooLongError,
    read_front_matter,
)

UNQUOTED = """---
name: a
description: Use it for this: and that.
  - "quoted": too
model: sonnet
coordination:
  hands_off_to:
    - b
    - c
---
"""


def plain(head: FrontMatter) -> dict[str, object]:
    return {key: value.plain() for key, value in head.fields.items()}


def test_a_sound_head_needs_no_repair() -> None:
    head = read_front_matter("---\nname: a\ntools: [Read, Bash]\n---\n\n# Body\ntext\n")

    assert plain(head) == {"name": "a", "tools": ["Read", "Bash"]}
    assert (head.body, head.body_line, head.repairs) == ("# Body\ntext", 6, ())


def test_scalars_stay_as_written() -> None:
    """YAML would read the name as true, and the model as a number."""
    head = read_front_matter("---\nname: on\nmodel: 4.10\ncolor:\n---\n")

    assert plain(head) == {"name": "on", "model": "4.10", "color": None}


def test_an_unquoted_colon_is_repaired_with_a_warning() -> None:
    head = read_front_matter(UNQUOTED)

    assert head.fields["description"].plain() == 'Use it for this: and that.\n- "quoted": too'
    assert head.fields["coordination"].plain() == {"hands_off_to": ["b", "c"]}
    assert [line for line, _ in head.repairs] == [3]
    assert "description: >-" in head.repairs[0][1]


def test_lines_survive_the_repair() -> None:
    coordination = read_front_matter(UNQUOTED).fields["coordination"]

    assert isinstance(coordination.content, dict)
    entries = coordination.content["hands_off_to"]
    assert (coordination.line, entries.line) == (6, 7)
    assert isinstance(entries.content, tuple)
    assert [entry.line for entry in entries.content] == [8, 9]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"He said "yes": often"', 'He said "yes": often'),
        ("|\nnot indented, yet a block", "not indented, yet a block"),
        (">-\n  fine: here\n because: uneven", "fine: here\nbecause: uneven"),
        ("a: b\\nExamples: c", "a: b\\nExamples: c"),
        ("@at: the front", "@at: the front"),
    ],
)
def test_broken_descriptions_keep_their_text(written: str, read: str) -> None:
    head = read_front_matter(f"---\nname: a\ndescription: {written}\ncolor: red\n---\n")

    assert plain(head) == {"name": "a", "description": read, "color": "red"}
    assert head.repairs


def test_a_broken_unknown_key_does_not_spoil_the_name_above_it() -> None:
    head = read_front_matter("---\nname: a\ncategory: b: c\n---\n")

    assert head.fields["name"].plain() == "a"


def test_tabs_in_the_coordination_are_repaired() -> None:
    head = read_front_matter("---\nname: a\ncoordination:\n\thands_off_to: [b]\n---\n")

    assert head.fields["coordination"].plain() == {"hands_off_to": ["b"]}
    assert len(head.repairs) == 1


def test_escaped_letters_beyond_the_first_plane_are_whole() -> None:
    head = read_front_matter('---\nname: "\\ud835\\udc00"\nmodel: "\\ud800"\n---\n')

    assert plain(head) == {"name": "\U0001d400", "model": "\ufffd"}


def test_the_last_of_two_equal_keys_counts() -> None:
    head = read_front_matter("---\nname: a\nmodel: opus\nmodel: haiku\n---\n")

    assert head.fields["model"].plain() == "haiku"
    assert head.repairs == ((4, "key 'model' occurs twice (first on line 3): the last one is used"),)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_reads_alike(newline: str) -> None:
    text = "---\nname: a\ndescription: b\n---\nbody\n"

    assert read_front_matter(text.replace("\n", newline)) == read_front_matter(text)


def test_a_missing_closing_fence_ends_the_head_at_the_first_blank_line() -> None:
    head = read_front_matter("---\nname: a\nmodel: opus\n\nThe body: here.\n")

    assert plain(head) == {"name": "a", "model": "opus"}
    assert head.body == "The body: here."
    assert "closing '---' is missing" in head.repairs[0][1]


def test_a_text_without_a_head_is_all_body() -> None:
    head = read_front_matter("# Title\nname: no\n")

    assert (head.present, head.fields, head.body) == (False, {}, "# Title\nname: no")


def test_aliases_are_refused_so_that_small_files_stay_small() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    head = read_front_matter("\n".join(["---", "name: a", *lines, "---"]))

    assert plain(head) == {"name": "a"}
    assert "aliases" in head.repairs[0][1]


def test_a_head_that_is_too_long_is_refused() -> None:
    with pytest.raises(HeadTooLongError, match=str(MAX_HEAD_CHARS)):
        read_front_matter(f"---\nname: a\ndescription: {'x' * MAX_HEAD_CHARS}\n---\n")


def test_deep_nesting_is_a_repair_and_no_crash() -> None:
    head = read_front_matter(f"---\nname: a\nhooks: {'[' * 600}\n---\n")

    assert head.fields["name"].plain() == "a"
    assert "nested too deeply" in head.repairs[0][1]


FRAGMENTS = st.one_of(
    st.text(max_size=10),
    st.sampled_from([
        *KNOWN_KEYS, "hands_off_to", ": ", "\n", "\n  ", "- ", "[", "]", "{", "}", "&a ", "*a", "|", ">", "'", '"', "#",
        "---", "...", "!!int ", "!!timestamp ", "? ", "%YAML 1.1", "\\n", '"\\UFFFFFFFF"', '"\\ud800"', "<<: ", "\t",
        "\x85", "\u2028", "@", "`", "2024-13-45",
    ]),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(FRAGMENTS, max_size=25).map("".join))
def test_every_front_matter_is_parsed_or_reported(text: str) -> None:
    """No text raises; there is no agent if and only if there is an error; each message is one printable line."""
    for whole in (f"---\n{text}\n---\nbody", f"---\nname: a\n{text}\n---\n", f"---\n{text}", text):
        definition, issues = read_definition(whole.encode("utf-8", "replace"), "a.md")

        assert (definition is None) == any(issue.level == "error" for issue in issues)
        assert all(re.fullmatch(r"a\.md:(\d+:)? [a-z-]+ .+", str(issue)) for issue in issues)
        "".join(map(str, issues)).encode("utf-8")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    definition, issues = read_definition(data, "a.md")

    assert definition is not None or issues


WORDS = st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1)


@settings(deadline=None)
@given(WORDS.filter(lambda word: not word.startswith("#")))
def test_a_description_with_a_colon_keeps_every_letter(word: str) -> None:
    """A word that begins with `#` starts a comment; every other word is text."""
    head = read_front_matter(f"---\nname: a\ndescription: Use {word}: often: or not\ncolor: red\n---\n")

    assert head.fields["description"].plain() == f"Use {word}: often: or not"
    assert head.fields["color"].plain() == "red"
