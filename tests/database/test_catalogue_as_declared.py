"""What the statements create is compared with the declaration: no edit that changes the meaning stays unseen."""

import difflib
import random
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from sql_edits import SOUND, UNSOUND, random_edit

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, Rejected, read_catalogue, traits_of
from langgraph_dba.database.engines.records import Definition, LossRecord, Records, to_catalogue
from langgraph_dba.database.proofs import Proof, catalogue_as_declared, prove
from langgraph_dba.database.proofs.kit.catalogue.compare import compare
from langgraph_dba.database.proofs.kit.catalogue.condition_parts import parts_of, values_for
from langgraph_dba.database.proofs.kit.catalogue.sql_words import words
from langgraph_dba.database.proofs.kit.specimen import specimen_for
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema_design.design_schema import Choices, design
from langgraph_dba.evidence import CheckResult

_RAW = yaml.safe_load((Path(__file__).parent / "rules" / "requirement_sets.yaml").read_text(encoding="utf-8"))
SENSIBLE = {name: Requirements.model_validate(raw) for name, raw in _RAW.items()}
MOST_LINES = 3
Tenancy = Literal["shared-schema", "schema-per-tenant"]
POSTGRESQL, MARIADB = traits_of("postgresql"), traits_of("mariadb")


def _compare(engine: Engine, up: str) -> CheckResult:
    return catalogue_as_declared.run(Subject(specimen_for(engine.traits), Ddl(up, ""), engine))


# The first leaves the rows, but an engine that compares the text of predicates does not use the index for the read; the
# second cannot run in the transaction of another edit, and the third is needless, as its proof says.
_ALONE = ("a predicate in other words", "indexes built concurrently", "a partial index for reads")


def _refuted(engine: Engine, up: str, proofs: list[Proof] | None = None) -> list[str]:
    """Return what is refuted, or not run for that reason, of edited statements, as `langgraph-dba prove DIR` does."""
    schema, name = specimen_for(engine.traits), engine.traits.name
    statements = Ddl(up, render(schema, engine.traits).down)
    evidence = prove(schema, {name: statements}, {name: engine}, proofs=proofs)
    assert {one.proof for one in evidence if one.state == "supported"}, [one.reason for one in evidence]
    return [f"{one.proof}: {one.reason}" for one in evidence if one.state == "refuted"]


def _up(engine: Engine) -> str:
    return render(specimen_for(engine.traits), engine.traits).up


# -- edits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edit", SOUND)
def test_a_sound_edit_stays_supported_on_sqlite(sqlite: Engine, edit: str) -> None:
    test_a_sound_edit_stays_supported(sqlite, edit)


@pytest.mark.heavy  # of the engines; SQLite's edits run always
@pytest.mark.parametrize("edit", SOUND)
def test_a_sound_edit_stays_supported(engine: Engine, edit: str) -> None:
    edited = SOUND[edit](_up(engine))

    assert edited == _up(engine) or _refuted(engine, edited, [catalogue_as_declared]) == []


@pytest.mark.heavy
def test_no_proof_refutes_the_sound_edits(engine: Engine) -> None:
    edited = _up(engine)
    for name, edit in SOUND.items():
        edited = edited if name in _ALONE else edit(edited)

    assert _refuted(engine, edited) == []


@pytest.mark.parametrize("name", ["sqlite", "postgresql", "mariadb"])
def test_most_sound_edits_exist_on_each_engine(name: str) -> None:
    """An edit that matches nothing would pass its test."""
    text = render(specimen_for(traits_of(name)), traits_of(name)).up

    assert sum(edit(text) != text for edit in SOUND.values()) >= 18


@pytest.mark.parametrize("edit", UNSOUND["sqlite"])
def test_an_edit_that_changes_the_meaning_is_refuted_on_sqlite(sqlite: Engine, edit: str) -> None:
    test_an_edit_that_changes_the_meaning_is_refuted(sqlite, edit)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("engine", "edit"), [(e, n) for e, edits in UNSOUND.items() for n in edits], indirect=["engine"]
)
def test_an_edit_that_changes_the_meaning_is_refuted(engine: Engine, edit: str) -> None:
    edited = UNSOUND[engine.traits.name][edit](_up(engine))
    assert edited != _up(engine), "the edit matches nothing"

    lines = _compare(engine, edited).failures

    assert 1 <= len(lines) <= MOST_LINES, lines


@pytest.mark.heavy
def test_a_planted_defect_is_told_in_three_lines_at_most(engine: Engine) -> None:
    for defect in catalogue_as_declared.DEFECTS:
        if defect.exists(engine.traits):
            lines = catalogue_as_declared.run(defect.plant(specimen_for(engine.traits), engine)).failures

            assert len(lines) <= MOST_LINES, (defect.name, lines)


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        ("a missing table", "table team_members is missing"),
        ("a missing column", "column tasks.due_on is missing"),
    ],
)
def test_what_belongs_to_a_missing_object_is_not_told_again(engine: Engine, edit: str, line: str) -> None:
    table, schema = edit == "a missing table", specimen_for(engine.traits)
    tasks = schema.table("tasks")
    if table:
        smaller = schema.model_copy(update={"tables": tuple(t for t in schema.tables if t.name != "team_members")})
    else:
        smaller = schema.replace(
            tasks.with_(
                columns=tuple(c for c in tasks.columns if c.name != "due_on"),
                indexes=tuple(i for i in tasks.indexes if "due_on" not in i.columns and "due_on" not in str(i.keys)),
            )
        )

    lines = _compare(engine, render(smaller, engine.traits).up).failures

    assert len(lines) == 1, lines
    assert lines[0].startswith(line)


ENOUGH = {"sqlite": 150, "postgresql": 25, "mariadb": 25}


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(2))
def test_no_random_edit_that_changes_the_catalogue_stays_unseen(engine: Engine, seed: int) -> None:
    """It fails, is refuted, leaves the records as they were, or leaves a condition that was tried."""
    draw, original = random.Random(f"{engine.traits.name} {seed}"), _up(engine)
    for _ in range(ENOUGH[engine.traits.name]):
        edited = random_edit(original, draw)
        if edited == original:
            continue
        result = _compare(engine, edited)
        changed = [line for line in difflib.ndiff(original.splitlines(), edited.splitlines()) if line[0] in "+-"]

        assert len(result.failures) <= MOST_LINES, (changed, result.failures)
        if not (result.failures or result.numbers.get("combinations tried") or result.numbers.get("additions")):
            assert _contents(engine, edited) == _contents(engine, original), changed


def _contents(engine: Engine, up: str) -> Counter[tuple[str, str, str]]:
    """Return the engine's catalogue without comments, and without the names of constraints and indexes."""
    records = _without_names(_read(engine, up))
    return Counter(
        (kind, label, " ".join(part.split()))
        for kind, objects in to_catalogue(records).items()
        for label, text in objects.items()
        for part in sorted(text.split("; "))
    )


def _without_names(records: Records) -> Records:
    required = {(one.table, one.name): bool(one.required or one.identity == "rowid") for one in records.column}
    actions = {"no-action": "restrict"}
    return replace(
        records,
        lost=tuple(one for one in records.lost if one.kind != "definer"),  # each scratch database has its own login
        table=_each(records.table, lambda _: {"comment": ""}),
        column=_each(
            records.column,
            lambda one: {
                "comment": "",
                "required": required[one.table, one.name],
                # SQLite numbers such a column, whatever its default is
                "default": "" if one.identity == "rowid" else one.default,
            },
        ),
        foreign_key=_each(
            records.foreign_key, lambda one: {"name": "", "on_delete": actions.get(one.on_delete, one.on_delete)}
        ),
        **{kind: _each(getattr(records, kind), lambda _: {"name": ""}) for kind in ("key", "check", "index", "policy")},
    )


def _each(records: tuple[Any, ...], changes: Callable[[Any], dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(sorted((replace(one, **changes(one)) for one in records), key=repr))


# -- untouched statements ---------------------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize("tenancy", ["shared-schema", "schema-per-tenant"])
@pytest.mark.parametrize("name", sorted(SENSIBLE))
def test_an_untouched_design_has_no_difference(
    engine: Engine, name: str, tenancy: Literal["shared-schema", "schema-per-tenant"]
) -> None:
    """A comment makes the text another one, so that both sides are created and compared."""
    schema = design(SENSIBLE[name], Choices(tenancy=tenancy))
    ddl = render(schema, engine.traits)

    result = catalogue_as_declared.run(Subject(schema, Ddl(f"{ddl.up}-- untouched\n", ddl.down), engine))

    assert result.failures == ()
    assert result.numbers["combinations tried"] == 0


def test_statements_that_do_not_run_are_refuted_with_the_engines_message(engine: Engine) -> None:
    (line,) = _compare(engine, "CREATE TABLE t (a INTEGER, FOREIGN KEY (b) REFERENCES t (a));").failures

    assert line.startswith("the statements do not run: ")


# -- reasons ----------------------------------------------------------------------------------------------------------

REASONS = {
    "mariadb": {
        "an unsigned amount": "decimal(12,2) unsigned instead of decimal(12,2), so it refuses negative values",
        "UNSIGNED": "so it refuses negative values and accepts larger ones",
        "an ignored index": "no statement may read with it, so reads scan the table",
    },
    "sqlite": {"a conflict clause that rolls back": "the whole transaction is rolled back"},
    "postgresql": {
        "no scale": "so it stores digits that the declaration rounds",
        "a grant option": "WITH GRANT OPTION for SELECT ON tasks TO app_user is not declared: the role may grant it",
        "other emptied columns": "ON DELETE SET NULL empties parent_id, tenant_id instead of parent_id",
        "default privileges": "objects that it creates later have other privileges",
        "a routine nobody may call": "REVOKE EXECUTE ON ROUTINE tasks_minutes_spent_insert() FROM PUBLIC is not",
        "a policy with another setting": "only the statements use the setting app.admin",
        "a policy with a role": "only the statements use CURRENT_USER",
        "a policy with another name of the login": "only the statements use CURRENT_USER",
        "a policy with the login of the session": "only the statements use SESSION_USER",
        "a policy with the login of the server": "only the statements use SYSTEM_USER",
        "a policy for new rows with a setting": "only the statements use the setting app.other",
        "a check with a setting": "only the statements use the setting app.x",
        "a check of a column and a login": "only the statements use CURRENT_USER",
        "a default that is a login": "only the statements use CURRENT_USER",
        "a default that is a setting": "only the statements use the setting app.status",
        "NOT NULL is NOT VALID": "is NOT NULL … NOT VALID: rows that exist may have no value",
        "a declared check is NOT VALID": "is NOT VALID: rows that exist are not checked",
        "a password": "role app_user: PASSWORD is added",
        "a limit of connections": "CONNECTION LIMIT 1 is added: it may have 1 connections at a time",
        "a grant on the schema": "GRANT CREATE ON SCHEMA public TO PUBLIC is not declared",
    },
}


# The version of PostgreSQL that can first run the statements of an edit.
SINCE = {"NOT NULL is NOT VALID": 18, "a policy with the login of the server": 16}


@pytest.mark.parametrize(
    ("engine", "edit"), [(e, n) for e, edits in REASONS.items() for n in edits], indirect=["engine"]
)
def test_the_reason_says_what_the_edit_changes(engine: Engine, edit: str) -> None:
    if int(engine.version().partition(".")[0]) < SINCE.get(edit, 0):
        pytest.skip(f"PostgreSQL {engine.version()} refuses the statement")

    (line,) = _compare(engine, UNSOUND[engine.traits.name][edit](_up(engine))).failures

    assert REASONS[engine.traits.name][edit] in line


# One object can have several records of one name: none of them may hide another.
SAME_NAME = {
    "postgresql": [
        ("GRANT CREATE ON SCHEMA public TO PUBLIC", ["GRANT CREATE ON SCHEMA public TO PUBLIC is not declared"]),
        (
            "REVOKE USAGE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC",
            ["GRANT CREATE ON SCHEMA public TO PUBLIC", "REVOKE USAGE ON SCHEMA public FROM PUBLIC"],
        ),
        (
            "ALTER DEFAULT PRIVILEGES GRANT SELECT, DELETE ON TABLES TO PUBLIC",
            ["the default privileges of role"],  # of the owner, which is not the role that reads the catalogue
        ),
        ("REVOKE UPDATE ON t FROM CURRENT_USER", ["t: its owner lacks DELETE, UPDATE, which is not declared"]),
        ("CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 2'", ["routine f(text) is not declared"]),
        ("CREATE PROCEDURE f(a text) LANGUAGE sql AS 'SELECT 2'", ["routine f(text) is not declared"]),
    ],
    "mariadb": [
        ("CREATE PROCEDURE f() SELECT 2", ["routine f is not declared"]),
    ],
}


@pytest.mark.server
@pytest.mark.parametrize(
    ("engine", "added", "starts"),
    [(name, *case) for name, cases in SAME_NAME.items() for case in cases],
    indirect=["engine"],
)
def test_records_of_one_name_hide_none_of_each_other(engine: Engine, added: str, starts: list[str]) -> None:
    declared = {
        "postgresql": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT USAGE ON SCHEMA public TO "
        "PUBLIC; ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO PUBLIC; "
        "CREATE TABLE t (a int); REVOKE DELETE ON t FROM CURRENT_USER;",
        "mariadb": "CREATE FUNCTION f() RETURNS int RETURN 1;",
    }[engine.traits.name]

    lines = compare(_read(engine, declared), _read(engine, f"{declared} {added};"), engine.traits).lines

    assert len(lines) == len(starts), lines
    assert all(start in line for start, line in zip(starts, lines, strict=True)), lines


def _read(engine: Engine, up: str) -> Records:
    with engine.scratch(up) as scratch, scratch.connect("superuser") as connection:
        return read_catalogue(connection, engine.traits)


FIRST = Records(
    routine=(Definition("f", "CREATE FUNCTION f()"),),
    lost=(
        LossRecord("trigger t", "sql mode", "another"),
        LossRecord("rd", "privileges of the database", "it may select in the whole database"),
    ),
)


@pytest.mark.parametrize("is_missing", [False, True])
def test_a_line_about_another_object_is_a_whole_sentence(*, is_missing: bool) -> None:
    sides = (FIRST, Records()) if is_missing else (Records(), FIRST)

    routine, role, mode = compare(*sides, MARIADB).lines

    if is_missing:
        assert routine == "routine f is missing: statements that call it fail"
        assert role.startswith("role rd: the declaration says that it may select in the whole database, and ")
    else:
        assert routine == "routine f is not declared: statements that call it act as nobody declared"
        assert role == "role rd: it may select in the whole database, which the declaration does not allow"
    assert mode.startswith("trigger t ")


# -- transactions of a script ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "tables"),
    [
        ("BEGIN; CREATE TABLE a (x); COMMIT; CREATE TABLE b (x);", {"a", "b"}),
        ("-- one\nBEGIN IMMEDIATE TRANSACTION; CREATE TABLE a (x); /* two */ END TRANSACTION;", {"a"}),
        ("CREATE TABLE a (x); COMMIT;", {"a"}),
        ("BEGIN; CREATE TABLE a (x); COMMIT; BEGIN; CREATE TABLE b (x); ROLLBACK;", {"a"}),
        ("BEGIN; CREATE TABLE a (x); COMMIT; CREATE TABLE a (x);", set()),
        ("BEGIN; CREATE TABLE a (x); COMMIT; BEGIN; CREATE TABLE b (x); ROLLBACK; CREATE TABLE a (x);", set()),
        ("BEGIN; CREATE TABLE a (x); BEGIN;", set()),
    ],
)
def test_a_script_with_transactions_runs_whole_or_not_at_all(sqlite: Engine, script: str, tables: set[str]) -> None:
    with sqlite.scratch() as scratch, scratch.connect() as connection:
        with nullcontext() if tables else pytest.raises(Rejected):
            connection.script(script)

        assert {name for (name,) in connection.run("SELECT name FROM sqlite_schema").rows} == tables


# -- parts ------------------------------------------------------------------------------------------------------------


def test_the_number_of_combinations_is_told(sqlite: Engine) -> None:
    result = _compare(sqlite, SOUND["OR instead of IN"](_up(sqlite)))

    (told,) = result.numbers["equal in what was tried"].values()
    assert told == f"{result.numbers['combinations tried']} combinations"
    assert "1 conditions of other text are equal" in result.summary


def test_words_leave_out_comments_and_quotes_of_plain_names() -> None:
    assert words("SELECT \"a\" /* b */, 'C' -- d", POSTGRESQL) == ("select", "a", ",", "'C'")
    assert words('SELECT "a"', MARIADB) == ("select", '"a"'), "MariaDB reads double quotes as a text"
    assert "delete" in words("/*! DELETE */", MARIADB), "MariaDB runs what stands in such a comment"


@pytest.mark.parametrize(
    ("condition", "opaque"),
    [
        ("a >= 1 AND (b IS NULL OR c IN ('x', 'y'))", 0),
        ("(a = ANY (ARRAY['x'::text, 'y'::text]))", 0),
        ("length(TRIM(BOTH FROM a)) > 0", 0),
        ("a = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::bigint", 0),
        ("a = ( SELECT (NULLIF(current_setting('app.t'::text, true), ''::text))::bigint AS \"nullif\")", 0),
        ("a IN ( SELECT 1)", 0),
        ("a + 1 > 2", 1),
        ("a LIKE 'x%' OR a ~ 'y'", 2),
        ("f(a) AND a = 1", 1),
        ("current_user = 'x'", 1),
        ("CASE WHEN a = 1 THEN true ELSE b = 2 END", 1),
        ("a = CASE WHEN b = '' OR c THEN NULL ELSE current_setting('app.t', true)::bigint END", 0),
        ("a = CASE WHEN f(b) THEN 1 ELSE 2 END", 1),
        ("a = CASE WHEN b = 1 THEN c + 1 END", 1),
        ("a = CASE b WHEN 1 THEN 2 END", 1),
    ],
)
def test_only_comparisons_are_tried(condition: str, opaque: int) -> None:
    parts = parts_of([condition], POSTGRESQL)

    assert (len(parts.opaque), parts.reason) == (opaque, "")


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("a = (SELECT 1 WHERE false)", "it has a sub-select that is not read"),
        ("a IN (SELECT 1 UNION SELECT 2)", "it has a sub-select that is not read"),
        ("a = (SELECT random())", "it has a sub-select that is not read"),
        ("a = (SELECT b FROM t)", "it reads other rows"),
    ],
)
def test_a_sub_select_is_its_expression_only_without_clauses(condition: str, reason: str) -> None:
    assert parts_of([condition], POSTGRESQL).reason == reason


def test_opaque_parts_keep_the_words_of_their_engine() -> None:
    """MariaDB's LENGTH counts bytes."""
    one, two = (parts_of([f"{name}(a) + 0 < 5"], MARIADB).opaque for name in ("length", "char_length"))

    assert one != two


def test_values_stand_at_the_literals_beside_them_and_between_them() -> None:
    parts = parts_of(["a = 1 OR a > 2.5"], POSTGRESQL)

    values = values_for("a", "numeric(9,2)", (), parts)

    assert values[:3] == ["1", "2.5", None]
    assert {"0.99", "1.01", "1.75", "2.49", "2.51"} <= set(values)


def test_a_column_without_a_strict_type_is_tried_with_parts_of_numbers_and_texts(sqlite: Engine) -> None:
    """Half a minute is above 0 and below 1: only STRICT makes the two bounds equal."""
    loose = _up(sqlite).replace(") STRICT", ")")

    (line,) = [one for one in _compare(sqlite, SOUND["a bound of a whole number"](loose)).failures if "check" in one]

    assert "such a row is accepted (minutes = '0.5')" in line


WIDTHS = [
    ("tinyint(1) DEFAULT 0", "tinyint(4) DEFAULT FALSE", ""),
    ("tinyint(1)", "boolean", ""),
    ("tinyint(4)", "tinyint", ""),
    ("int(11)", "int(4)", ""),
    ("tinyint(4) DEFAULT 0", "tinyint(4) DEFAULT TRUE", "the default is 1 instead of 0"),
    ("tinyint(4)", "tinyint(3) unsigned", "refuses negative values"),
    ("tinyint(4)", "smallint(6)", "the type is smallint(6) instead of tinyint(4)"),
]


@pytest.mark.server
@pytest.mark.parametrize(("declared", "created", "difference"), WIDTHS)
def test_the_display_width_of_an_integer_is_no_difference(
    mariadb: Engine, declared: str, created: str, difference: str
) -> None:
    def records(type_: str) -> Records:
        with mariadb.scratch(f"CREATE TABLE t (id int PRIMARY KEY, a {type_});") as scratch:
            with scratch.connect("superuser") as connection:
                return read_catalogue(connection, mariadb.traits)

    found = compare(records(declared), records(created), mariadb.traits)

    lines = [*found.lines, *(trial.label for trial in found.trials)]
    assert bool(lines) == bool(difference)
    assert difference in "".join(lines)
