"""The server as oracle: what an allowed statement calls, in the server's own tree, does no more than read."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from escapes import corpus
from usable_engines import usable

from langgraph_dba.database.engines.postgresql.wall.catalogue import FIRST_USER_OID, Catalogue
from langgraph_dba.database.engines.postgresql.wall.statement import allowed
from langgraph_dba.database.engines.postgresql.wall.wall import NEXT_TRANSACTION, Wall
from langgraph_dba.errors import Forbidden

pytestmark = pytest.mark.server

_FUNCTIONS = re.compile(r":(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)")
_OPERATORS = re.compile(r":(?:opno|eqop|sortop) (\d+)")


@dataclass
class Oracle:
    """A connection of a superuser that reports the rewritten tree of each statement."""

    link: psycopg.Connection[Any]
    catalogue: Catalogue
    operators: dict[int, int]
    wall: Wall = field(default_factory=Wall)
    trees: list[str] = field(default_factory=list)

    def query(self, sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        return self.link.execute(sql, params or None).fetchall()

    def refused(self, sql: str) -> bool:
        try:
            self.wall.check(allowed(sql), self.query, int(self.query(NEXT_TRANSACTION, {})[0][0]))
        except Forbidden:
            return True
        return False

    def run(self, sql: str) -> bool:
        """Run a statement and collect its trees; return whether the server accepts it."""
        self.trees.clear()
        self.link.execute("SET debug_print_rewritten = on")
        try:
            self.link.execute(sql)
        except psycopg.Error:
            return False
        finally:
            self.link.execute("SET debug_print_rewritten = off")
        return True

    def called(self) -> set[int]:
        """Return the ids of the functions in the trees of the last statement."""
        text = " ".join(self.trees)
        functions = {int(i) for i in _FUNCTIONS.findall(text)}
        return (functions | {self.operators.get(int(i), 0) for i in _OPERATORS.findall(text)}) - {0}

    def unknown(self) -> list[str]:
        """Return the functions of the last statement that the wall would refuse, or does not know."""
        wrong = []
        for i in self.called():
            reason = self.catalogue.refusal(("function", i))
            if reason or (i >= FIRST_USER_OID and i not in self.catalogue.functions):
                wrong.append(f"{self.catalogue.title(('function', i))}: {reason}")
        return wrong

    def was_harmed(self) -> bool:
        changed = self.link.execute("SELECT current_setting('work_mem') = '99MB'").fetchone() == (True,)
        self.link.execute("RESET work_mem")
        return changed


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with usable("postgresql").scratch() as scratch:
        with scratch.connect("superuser") as superuser:
            superuser.run("DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
            superuser.script(corpus("postgresql").setup)
        url = re.sub(r"^\w+\+psycopg", "postgresql", scratch.url("superuser"))
        with psycopg.connect(url, autocommit=True) as link:
            link.execute("SET client_min_messages = log")
            link.execute("SET statement_timeout = '2s'")

            def query(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
                return link.execute(sql, params or None).fetchall()

            operators = dict(query("SELECT oid::bigint, oprcode::oid::bigint FROM pg_operator", {}))
            oracle = Oracle(link, Catalogue(query), operators)
            link.add_notice_handler(lambda notice: oracle.trees.append(notice.message_detail or ""))
            yield oracle


def test_every_function_in_the_tree_of_a_read_is_known_and_harmless(oracle: Oracle) -> None:
    seen: set[int] = set()
    for read in corpus("postgresql").reads:
        assert not oracle.refused(read), read
        if oracle.run(read):
            assert oracle.unknown() == [], read
            seen |= oracle.called()

    assert len(seen) > 100


def test_the_oracle_sees_what_an_attempt_calls(oracle: Oracle) -> None:
    assert oracle.run("SELECT harm(1)")
    assert any("harm" in one for one in oracle.unknown())
    assert oracle.was_harmed()


_RELATIONS = (
    "account", "entry", "seen", "words", "balances", "harm_columns", "harm_arrays", "harm_parts", "harm_statistics",
    "harm_indexed", "harm_indexed_partly", "harm_policies", "harm_generated", "harm_sorted", "harm_carried",
    "harm_by_an_operator", "harm_in_a_domain", "guarded", "(SELECT account FROM account)", "(VALUES (1), (2))",
    "generate_series(1, 2)", "harm(1)", "json_to_record('{}')",
)  # fmt: skip
_EXPRESSIONS = (
    "1", "'1'", "r.id", "id", "a", "n", "r.a", "abs({})", "coalesce({}, {})", "greatest({}, {})", "nullif({}, {})",
    "CASE WHEN {} = {} THEN {} END", "CASE {} WHEN {} THEN 1 END", "({})::int", "({})::text", "({})::json",
    "({})::harm_number", "doubled({})", "entries_of({})", "helpers.may_see({})", "helpers.highest({})", "harm({})",
    "harm_by_default()", "harm_check({})", "{} === {}", "{} = ANY (ARRAY[{}])", "{} IN ({}, {})", "ROW({}, {})",
    "(SELECT max({}) FROM account)", "EXISTS (SELECT FROM account WHERE id = {})", "r.harm_of_a_row", "(r).a",
    "to_json({})", "count({})", "array_agg({} ORDER BY {})", "sum({}) OVER (PARTITION BY {})", "{} BETWEEN {} AND {}",
    "{} IS DISTINCT FROM {}", "json_build_object('a', {})", "({})::harm_number[]", "({})::sorted", "r::text",
)  # fmt: skip
_QUERIES = (
    "SELECT {e} FROM {r} r", "SELECT {e} FROM {r} r WHERE {e} = {e}", "SELECT DISTINCT {e} FROM {r} r",
    "SELECT {e} FROM {r} r ORDER BY {e}", "SELECT {e} FROM {r} r GROUP BY {e}", "TABLE harm_columns",
    "SELECT * FROM {r} r, {r} s", "SELECT * FROM {r} r JOIN {r} s USING (id)", "SELECT {e} FROM {r} r UNION SELECT {e}",
    "WITH r AS (SELECT * FROM {r} r) SELECT {e} FROM r", "SELECT * FROM {r} r LIMIT {e}",
    "SELECT r FROM {r} r ORDER BY r", "SELECT * FROM {r} r, LATERAL (SELECT {e}) x", "VALUES ({e}), ({e})",
)  # fmt: skip


def _expression(dice: random.Random, depth: int) -> str:
    text = dice.choice(_EXPRESSIONS[:7] if depth == 0 else _EXPRESSIONS)
    while "{}" in text:
        text = text.replace("{}", _expression(dice, depth - 1), 1)
    return text


def _statement(dice: random.Random) -> str:
    text = dice.choice(_QUERIES)
    while "{e}" in text:
        text = text.replace("{e}", _expression(dice, 2), 1)
    while "{r}" in text:
        text = text.replace("{r}", dice.choice(_RELATIONS), 1)
    return text


@pytest.mark.parametrize("seed", range(4))
def test_a_random_statement_that_is_allowed_calls_nothing_harmful(oracle: Oracle, seed: int) -> None:
    dice, answered, refused = random.Random(seed), 0, 0
    for _ in range(1_000):
        sql = _statement(dice)
        if oracle.refused(sql):
            refused += 1
        elif oracle.run(sql):
            answered += 1
            assert oracle.unknown() == [], sql
            assert not oracle.was_harmed(), sql

    assert answered > 40
    assert refused > 400
