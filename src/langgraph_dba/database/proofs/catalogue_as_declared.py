"""The statements create the declared schema: both catalogues are read and compared record by record.

The statements and our own rendering of the declared schema run in two scratch databases. The records of the engine's
catalogue are compared, never the text of the statements, and each difference belongs to one class:

- *same*: it changes no row that is accepted and no answer. These are the names of constraints and indexes, the order of
  columns and of the pairs of a foreign key, comments, the default precision of a time type, the display width of an
  integer of MariaDB, a serial instead of an identity column (if every role that may INSERT may use its sequence),
  INCLUDE columns of a key, NULLS NOT DISTINCT where no column may be NULL, how rows and entries of indexes are stored
  (`fillfactor`, `autovacuum_…`, `ROW_FORMAT=DYNAMIC`), a policy or a privilege on a column that another one contains,
  and NO ACTION instead of RESTRICT where no statement and no cascade can delete a row together with those that refer to
  it.
- *equal in what was tried*: a condition has another text. The engine evaluated both over the literals of both texts,
  their neighbours, NULL, empty and extreme values, and policies with each setting unset, empty, mine and theirs. Only
  comparisons of columns with literals, columns and settings are tried, because between two literals their answer does
  not change. A pattern, a calculation or a function must be the same on both sides, except a default that is
  calculated from literals only. Where nothing could be tried, the condition is *different*.
- *addition*: an index or a unique key that is not declared and that can refuse no row: it is not unique, or it has all
  columns of a key that refuses the same rows; its entries are short enough for a page, and its expressions and its
  predicate fail for no row. The summary names it.
- *different*: everything else, each with its consequence; it refutes the claim. That includes a stricter catalogue: an
  additional key, check, NOT NULL or restrictive policy refuses rows that the declaration accepts, and a missing
  privilege makes the application's statements fail.

Roles belong to the server: their attributes and groups are read from the statements themselves. A block, a call or a
query in the statements that the declaration does not have is *different*, because it may act in another way on another
server; so are rows that the statements insert, and statements that a client runs in another way than one transaction:
a transaction that is not committed, ROLLBACK, `SET LOCAL` outside of a transaction, and commands of the client. Not
seen are the next number of a table (`RESTART WITH`, and `AUTO_INCREMENT = n` if more than 1,000 numbers are left),
statistics objects, and storage settings of single columns.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Rejected, Scratch
from langgraph_dba.database.engines.records import KINDS, Records
from langgraph_dba.database.proofs.kit.catalogue.client_run import client_run_lines
from langgraph_dba.database.proofs.kit.catalogue.compare import compare
from langgraph_dba.database.proofs.kit.catalogue.condition_trial import MOST, TrialResult, try_conditions
from langgraph_dba.database.proofs.kit.catalogue.role_statements import role_differences, roles_of
from langgraph_dba.database.proofs.kit.catalogue.sides import Findings, Trial
from langgraph_dba.database.proofs.kit.defect import Defect, TextEdit
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult, Strength

CLAIM = "the statements create the declared schema, and nothing else that changes what is accepted or returned"
CAPABILITY = "Schema Design: declaration and catalogue"
NEEDS = ()
UP_FAILED = "the statements do not run"


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: a database that exists was not created from a declaration."""
    return "" if subject.is_designed else "there is no declaration: the schema was read from the database itself"


def run(subject: Subject) -> CheckResult:
    """Compare what the statements create with what the declaration creates."""
    rendered = render(subject.declared or subject.schema, subject.traits).up
    try:
        created = subject.catalogue()
        if subject.text.up == rendered:
            numbers = {"records": _size(created)}
            return CheckResult((), "the statements are those of the declaration", numbers, strength="proved")
        declared = subject.catalogue(rendered)
        with subject.scratch() as scratch:
            return _result(subject, rendered, declared, created, scratch)
    except Rejected as refusal:
        return CheckResult((f"{UP_FAILED}: {refusal}",), "")


def _rows(scratch: Scratch, created: Records, subject: Subject) -> Iterator[str]:
    """Yield the tables into which the statements insert rows; a declaration has none."""
    with scratch.connect("superuser") as connection:
        for table in (one.name for one in created.table if not one.parent):
            count = connection.run(f"SELECT count(*) FROM {subject.names.of(table)}").scalar
            if count:
                yield f"table {table}: the statements insert {count} rows, which no proof and no other database expects"


def _result(subject: Subject, rendered: str, declared: Records, created: Records, scratch: Scratch) -> CheckResult:
    found = compare(declared, created, subject.traits)
    found.lines += role_differences(roles_of(rendered, subject.traits), roles_of(subject.text.up, subject.traits))
    found.lines += client_run_lines(subject.text.up, subject.traits)
    found.lines += _rows(scratch, created, subject)
    equal: dict[str, str] = {}
    tried = 0
    for trial in found.trials:
        columns = [one for one in created.column if one.table == trial.table]
        is_strict = any(one.name == trial.table and "STRICT" in one.options for one in created.table)
        result = try_conditions(replace(trial, suffix=" STRICT" if is_strict else ""), columns, scratch, subject.traits)
        tried += result.tried
        if result.equal:
            equal[trial.label] = _count(result)
        else:
            found.lines.append(_line(trial, result))
    numbers = {
        "records": _size(declared),
        "combinations tried": tried,
        "equal in what was tried": equal,
        "additions": found.additions,
    }
    strength: Strength = "tested" if tried else "proved"  # without a trial, it is a fact of the catalogue
    summary = _summary(found, declared, equal, tried)
    return CheckResult(tuple(found.lines), summary, numbers, strength=strength)


def _count(result: TrialResult) -> str:
    cut = f", a part of {result.possible:,}" if result.possible > MOST else ""
    return f"{result.tried:,} combinations{cut}"


def _line(trial: Trial, result: TrialResult) -> str:
    if not result.differs:
        return f"{trial.label}: not shown to be the same ({result.reason})"
    if trial.kind == "value":
        return f"{trial.label}: {trial.if_wider}"
    effects = [(result.wider, trial.if_wider), (result.narrower, trial.if_narrower)]
    return f"{trial.label}: {' and '.join(text for count, text in effects if count)} ({result.example})"


def _size(records: Records) -> int:
    return sum(len(getattr(records, kind)) for kind in KINDS)


def _summary(found: Findings, declared: Records, equal: dict[str, str], tried: int) -> str:
    text = f"{_size(declared)} records of the catalogue are as declared"
    if equal:
        text += f"; {len(equal)} conditions of other text are equal in {tried:,} combinations that were tried"
    return "; ".join((text, *found.additions))


# -- planted defects: edits of the statements, as a user would make them --------------------------------------------


def _replaced(pattern: str, replacement: str) -> TextEdit:
    return lambda text: re.sub(pattern, replacement, text, count=1, flags=re.DOTALL)


def _appended(statement: str) -> TextEdit:
    return lambda text: f"{text}\n{statement}\n"


def _on(**edits: TextEdit) -> TextEdit:
    """Return an edit that differs between engines, whose name is in the first line of a script."""

    def edit(text: str) -> str:
        title = text.partition("\n")[0].lower()
        return next((one(text) for name, one in edits.items() if f" on {name}." in title), text)

    return edit


def _swallowing(event: str) -> TextEdit:
    return _on(
        sqlite=_appended(f"CREATE TRIGGER swallow BEFORE {event} ON tasks BEGIN SELECT RAISE(IGNORE); END;"),
        postgresql=_appended(
            "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;\n"
            f"CREATE TRIGGER swallow BEFORE {event} ON tasks FOR EACH ROW EXECUTE FUNCTION swallow();"
        ),
        mariadb=_appended(f"CREATE TRIGGER swallow BEFORE {event} ON tasks FOR EACH ROW SIGNAL SQLSTATE '45000';"),
    )


_POLICY = r"(CREATE POLICY tasks_tenant ON tasks)"
_ROLES = ("row_level_security",)  # grants and roles are rendered with the policies
DEFECTS = (
    Defect("a default is changed", "stores another value", up=_replaced("DEFAULT 'open'", "DEFAULT 'done'")),
    Defect("a default is missing", "the default is missing", up=_replaced(" DEFAULT 'open'", "")),
    Defect("a list of choices is longer", "such a row is accepted",
           up=_replaced("'doing', 'done'", "'doing', 'done', 'void'")),
    Defect("a check is missing", "is missing: such a row is accepted",
           up=_replaced(r"\n  CONSTRAINT tasks_status_check[^\n]*", "")),
    Defect("a bound is lower", "such a row is accepted", up=_replaced(r"minutes >= 1\b", "minutes >= 0")),
    Defect("a changed key changes its children", "ON UPDATE CASCADE added",
           up=_replaced(r"(CONSTRAINT tasks_project_fkey [^\n]*?CASCADE)", r"\1 ON UPDATE CASCADE")),
    Defect("a deletion deletes the rows that refer to it", "ON DELETE CASCADE instead of RESTRICT",
           up=_replaced(r"(CONSTRAINT users_tenant_fkey [^\n]*?)RESTRICT", r"\1CASCADE")),
    Defect("a key is deferrable", "it is deferrable", needs=("deferrable",),
           up=_replaced(r"(CONSTRAINT users_tenant_fkey [^\n]*?RESTRICT)", r"\1 DEFERRABLE INITIALLY DEFERRED")),
    Defect("a foreign key is missing", "rows may refer to nothing",
           up=_replaced(r"\n  CONSTRAINT users_tenant_fkey[^\n]*,", "")),
    Defect("a unique key is missing", "two rows with the same values",
           up=_replaced(r"\n  CONSTRAINT users_email_key[^\n]*", "")),
    Defect("NOT NULL is missing", "a row without a value is accepted",
           up=_replaced(r"(\n  title \w+[^\n]*?) NOT NULL", r"\1")),
    Defect("NOT NULL is added", "a row without a value is refused", up=_replaced(r"(\n  bio \w+)", r"\1 NOT NULL")),
    Defect("a type is narrower", "the type is", needs=("exact_decimals",),
           up=_replaced(r"(\n  minutes )INTEGER", r"\1SMALLINT")),
    Defect("a type is wider", "accepts values that the declaration refuses", needs=("exact_decimals",),
           up=_replaced(r"VARCHAR\(254\)", "VARCHAR(255)")),
    Defect("a number has fewer digits", "refuses or rounds values", needs=("exact_decimals",),
           up=_replaced(r"NUMERIC\(12, 2\)", "NUMERIC(10, 1)")),
    Defect("texts are compared by other rules", "the collation is",
           up=_on(sqlite=_replaced(r"(\n  email TEXT)", r"\1 COLLATE NOCASE"),
                  postgresql=_replaced(r"(\n  email VARCHAR\(254\))", r'\1 COLLATE "C"'),
                  mariadb=_replaced(r"(\n  email VARCHAR\(254\))", r"\1 COLLATE utf8mb4_general_ci"))),
    Defect("a table is stored in another way", "is missing: ", needs=("table_options",),
           up=_on(sqlite=_replaced(r"(CREATE TABLE team_members .*?\)) STRICT", r"\1"),
                  mariadb=_replaced(r"(CREATE TABLE team_members .*?ENGINE=)InnoDB", r"\1Aria"))),
    Defect("a table is unlogged", "its rows are lost after a crash", needs=_ROLES,
           up=_replaced("CREATE TABLE time_entries", "CREATE UNLOGGED TABLE time_entries")),
    Defect("a column is not declared", "column tasks.secret is not declared",
           up=_replaced(r"(\n  title \w+)", r"\n  secret INTEGER,\1")),
    Defect("a table is not declared", "table shadow is not declared",
           up=_appended("CREATE TABLE shadow (id INTEGER);")),
    Defect("a view is not declared", "view everything is not declared",
           up=_appended("CREATE VIEW everything AS SELECT * FROM tasks;")),
    Defect("a trigger swallows DELETE", "trigger swallow of tasks is not declared", up=_swallowing("DELETE")),
    Defect("a trigger swallows UPDATE", "trigger swallow of tasks is not declared", up=_swallowing("UPDATE")),
    Defect("a declared trigger is missing", "trigger tasks_minutes_spent_delete of time_entries is missing",
           up=_replaced(r"CREATE TRIGGER tasks_minutes_spent_delete [^\n]*", "")),
    Defect("a rule swallows DELETE", "rule swallow on tasks is not declared", needs=_ROLES,
           up=_appended("CREATE RULE swallow AS ON DELETE TO tasks DO INSTEAD NOTHING;")),
    Defect("the predicate of an index is changed", "two such rows with the same key are accepted",
           needs=("partial-indexes",),
           up=_replaced("WHERE ends_on IS NULL", "WHERE ends_on IS NULL AND name <> 'x'")),
    Defect("an index is missing", "index time_entries_timesheet_idx of time_entries is missing",
           up=_replaced(r"CREATE INDEX time_entries_timesheet_idx [^\n]*", "")),
    Defect("a grant is missing", "GRANT DELETE ON tasks TO app_user is missing", needs=_ROLES,
           up=_replaced("UPDATE, DELETE ON tasks ", "UPDATE ON tasks ")),
    Defect("everybody may read", "TO public is not declared", needs=_ROLES,
           up=_appended("GRANT SELECT ON users TO PUBLIC;")),
    Defect("the application may truncate", "GRANT TRUNCATE ON tasks TO app_user is not declared", needs=_ROLES,
           up=_appended("GRANT TRUNCATE ON tasks TO app_user;")),
    Defect("the application bypasses policies", "so it sees every tenant", needs=_ROLES,
           up=_replaced("NOBYPASSRLS", "BYPASSRLS")),
    Defect("a policy has an OR", "a row of another tenant passes", needs=_ROLES,
           up=_replaced(rf"{_POLICY}(.*?)USING \((.*?)\)\n", r"\1\2USING (title = 'void' OR \3)\n")),
    Defect("a policy reads another setting", "only the statements use the setting app.other", needs=_ROLES,
           up=_replaced(rf"{_POLICY}(.*?)app\.tenant_id(.*?)app\.tenant_id", r"\1\2app.other\3app.other")),
    Defect("a policy reads the login", "only the statements use CURRENT_USER", needs=_ROLES,
           up=_replaced(rf"{_POLICY}(.*?)USING \((.*?)\)\n", r"\1\2USING (title = USER OR \3)\n")),
    Defect("a transaction is not committed", "the transaction that begins here is not committed",
           needs=("transactional_ddl",), up=_replaced("CREATE TABLE teams", "BEGIN;\nCREATE TABLE teams")),
    Defect("a policy is permissive", "it is permissive instead of restrictive", needs=_ROLES,
           up=_replaced(rf"{_POLICY} AS RESTRICTIVE", r"\1")),
    Defect("the owner is exempt from policies", "FORCE is missing", needs=_ROLES,
           up=_replaced("ALTER TABLE tasks FORCE[^;]*;", "")),
)  # fmt: skip
