"""PostgreSQL's own grammar: trees with character offsets, errors as values, and no crash on deep statements."""

import subprocess
import sys
from typing import Any

import pytest

from langgraph_dba.database.statements import postgres_grammar as grammar

DEEP = {
    "parentheses": "'select ' + '(' * n + '1' + ')' * n",
    "concatenation": "'select ' + '||'.join(['a'] * n)",
    "sum": "'select a' + '+a' * n",
    "subselects": "'(select ' * n + '1' + ')' * n",
    "arrays": "'select array' + '[' * n + ']' * n",
    "unions": "' union '.join(['select 1'] * n)",
    "joins": "'select 1 from a' + ' cross join a' * n",
}


def trees(sql: str) -> list[dict[str, Any]]:
    found = grammar.parse(sql)
    assert not isinstance(found, grammar.GrammarError), found
    return [item.tree for item in found]


@pytest.mark.parametrize("form", DEEP)
@pytest.mark.parametrize("size", [10_000])
def test_a_deep_statement_does_not_end_the_process(form: str, size: int) -> None:
    """In another process: without a larger stack, it would be a segmentation fault."""
    code = f"""
import threading
from langgraph_dba.database.statements import postgres_grammar as grammar
n = {size}
sql = {DEEP[form]}
def run():
    found = grammar.parse(sql)
    kinds = {{type(found).__name__, type(grammar.fingerprint(sql)).__name__}}
    print(kinds <= {{"tuple", "str", "GrammarError"}})
threading.stack_size(1 << 19)  # the size on macOS
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


def test_2000_terms_and_50_scalar_subselects_are_parsed() -> None:
    terms = trees("SELECT " + " || ".join(["a"] * 2000))
    selects = trees("SELECT " + "(SELECT " * 50 + "1" + ")" * 50)

    assert sum(name == "A_Expr" for name, _ in grammar.walk(terms)) == 1999
    assert sum(name == "SelectStmt" for name, _ in grammar.walk(selects)) == 51


def test_nested_parentheses_beyond_the_parsers_memory_are_an_error() -> None:
    found = grammar.parse("SELECT " + "(" * 10_000 + "1" + ")" * 10_000)

    assert isinstance(found, grammar.GrammarError)
    assert "memory exhausted" in found.message


def test_a_tree_that_cannot_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_text: bytes) -> None:
        raise RecursionError

    monkeypatch.setattr(grammar, "parse_json", fail)

    assert isinstance(grammar.parse("SELECT 1"), grammar.GrammarError)


def test_an_error_has_its_line_and_column_in_characters() -> None:
    found = grammar.parse("SELECT 'äöü€'\n  FROM ü FORM t")

    assert isinstance(found, grammar.GrammarError)
    assert (found.line, found.column, str(found)) == (2, 15, '2:15: syntax error at or near "t"')
    assert found.position == 28


def test_an_error_at_the_end_is_behind_the_last_character() -> None:
    found = grammar.parse("SELECT ä FROM")

    assert isinstance(found, grammar.GrammarError)
    assert (found.position, found.column) == (13, 14)


def test_a_nul_character_is_an_error_and_hides_nothing() -> None:
    found = grammar.parse("SELECT 1;\0 DROP TABLE t")

    assert isinstance(found, grammar.GrammarError)
    assert found.position == 9


@pytest.mark.parametrize("prefix", ["", "ä€😀" * 1500])
def test_spans_and_locations_count_characters(prefix: str) -> None:
    sql = f"SELECT '{prefix}';\n SELECT ö, x FROM t"

    found = grammar.parse(sql)

    assert not isinstance(found, grammar.GrammarError)
    assert sql[found[1].start : found[1].end].strip() == "SELECT ö, x FROM t"
    columns = [node["location"] for name, node in grammar.walk(found[1].tree) if name == "ColumnRef"]
    assert [sql[at] for at in columns] == ["ö", "x"]


def test_walk_names_nodes_of_fixed_type_too() -> None:
    (tree,) = trees("WITH a AS (SELECT 1) INSERT INTO s.t SELECT b::int FROM a UNION SELECT c FROM d AS e")

    names = [name for name, _ in grammar.walk(tree)]

    assert names[0] == "InsertStmt"
    assert names.count("SelectStmt") == 4
    assert names.count("RangeVar") == 3
    assert {"Alias", "TypeName", "WithClause"} <= {*names}


def test_a_fingerprint_ignores_constants() -> None:
    first, second, other = map(grammar.fingerprint, ("SELECT 1", "SELECT 2 -- x", "SELECT a"))

    assert first == second != other
    assert isinstance(grammar.fingerprint("SELEC 1"), grammar.GrammarError)


def test_a_missing_package_names_the_extra_in_one_line() -> None:
    code = """
import sys
sys.modules["postgast"] = None
from langgraph_dba.database.statements import postgres_grammar as grammar
from langgraph_dba.errors import InputError
print(grammar.is_available())
try:
    grammar.parse("SELECT 1")
except InputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\nparsing PostgreSQL needs postgast: pip install 'langgraph-dba[postgres]'\n"


def test_the_package_is_available_here() -> None:
    assert grammar.is_available()
