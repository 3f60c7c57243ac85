"""The up statements create the schema, the down statements remove it completely, and up creates it again.

The check runs in a database with another table: its rows must not change. The rows of the schema's own tables are lost
by the down statements, as declared. Declared extensions stay: they belong to the database, and others may use them.
"""

import hashlib
import re
from collections.abc import Iterator

from langgraph_dba.database.data.sample import Sample, load
from langgraph_dba.database.engines import Catalogue, Connection, Rejected, Scratch, difference
from langgraph_dba.database.proofs.kit.catalogue.client_run import client_run_lines
from langgraph_dba.database.proofs.kit.catalogue.scratch_statements import scratch_statements
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.scripts.words import head_of, plain, tokens_of
from langgraph_dba.database.statements import DIALECTS, split
from langgraph_dba.evidence import CheckResult

CLAIM = "running up, down and up again gives the same catalogue and the same data, and changes no other table"
CAPABILITY = "Change Management: rollback"
NEEDS = ()
UP_FAILED = "the statements do not run"
# rights of a login on the server, which the owner of a scratch database lacks
_OUR_RIGHTS = re.compile(
    r"permission denied to \w+|must be (a )?superuser|must have \w+ (option|attribute)", re.IGNORECASE
)
_BYSTANDER = "CREATE TABLE bystander (id INTEGER PRIMARY KEY, word TEXT NOT NULL)"


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: a database that exists has no statements that drop it."""
    return "" if subject.is_designed else "there are no statements that drop the schema"


def run(subject: Subject) -> CheckResult:
    """Run up, down and up beside a table that already has rows."""
    # The statements run as the owner, as in a deployment; a superuser compares, because policies restrict the owner.
    with subject.scratch("") as scratch, scratch.connect("superuser") as superuser:
        _run_as_owner(scratch, f"{_BYSTANDER};")
        superuser.load("bystander", ["id", "word"], [(n, f"word {n}") for n in range(100)])
        empty, bystander = superuser.catalogue(), _checksum(superuser, "bystander", "id")
        try:
            _run_as_owner(scratch, subject.ddl.up)
        except Rejected as refusal:
            # a variable of psql, say, that one of its commands sets
            lines = client_run_lines(subject.text.up, subject.traits)
            if commands := [line for line in lines if "of the client" in line]:
                return CheckResult((), "", {}, untried="; ".join((f"{UP_FAILED} here: {refusal}", *commands)))
            if refusal.kind == "permission" and _OUR_RIGHTS.match(str(refusal)):
                reason = f"{UP_FAILED} with the rights that a scratch database gives: {refusal}"
                return CheckResult((), "", {}, untried=reason)
            return CheckResult((f"{UP_FAILED}: {refusal}",), "", {})
        first, rows, row_refusal = _load_and_read(subject, superuser)
        try:
            _run_as_owner(scratch, subject.ddl.down)
        except Rejected as refusal:
            return CheckResult((f"the down statements do not run: {refusal}",), "", {})
        created = {plain(name) for name in first[0]["table"].keys() - empty["table"].keys()}
        if foreign := [name for name in _dropped_tables(subject) if name not in created]:
            return CheckResult((f"the down statements drop what up does not create: {', '.join(foreign)}",), "", {})
        rest = _without_extensions(superuser.catalogue(), subject)
        failures = [f"after the down statements, {line}" for line in difference(empty, rest)]
        if failures:
            return CheckResult(tuple(failures), "", {})
        _run_as_owner(scratch, subject.ddl.up)
        second, *_ = _load_and_read(subject, superuser)
        failures += [
            f"the second run of up fails: role {role} already exists, because the down statements do not drop it"
            for role in scratch_statements(subject.text, subject.traits).unconditional
        ]
        failures += [f"the second run of up differs: {line}" for line in _difference(first, second)]
        if _checksum(superuser, "bystander", "id") != bystander:
            failures.append("another table's rows changed")
    summary = f"catalogue and checksums equal; down deletes the {rows} rows of its own tables, as declared"
    numbers = {"rows": rows, "objects": sum(map(len, first[0].values()))}
    untried = "" if rows else f"the catalogues are equal, but no row was loaded: {row_refusal or 'no tables'}"
    return CheckResult(tuple(failures), summary, numbers, untried=untried)


_State = tuple[dict[str, dict[str, str]], dict[str, str]]  # catalogue, checksum of each table


def _run_as_owner(scratch: Scratch, statements: str) -> None:
    with scratch.connect("owner") as owner:
        owner.script(statements)


def _without_extensions(catalogue: Catalogue, subject: Subject) -> Catalogue:
    """Return a catalogue without the extensions of the declared schema."""
    declared = subject.schema.extensions
    kept = {name: text for name, text in catalogue.get("extension", {}).items() if name not in declared}
    return {**catalogue, **({"extension": kept} if "extension" in catalogue else {})}


def _dropped_tables(subject: Subject) -> Iterator[str]:
    """Yield the plain names of the tables that the down statements drop."""
    if subject.traits.name not in DIALECTS:  # an engine of another package
        return
    for statement in split(subject.ddl.down, subject.traits.name):
        if re.match(r"DROP TABLE\b", head_of(statement.text)):
            tokens = list(tokens_of(statement.text))[2:]
            for token, following in zip(tokens, [*tokens[1:], None], strict=True):
                is_last = following is None or following.text != "."
                if token.is_name and is_last and not token.is_word("IF", "EXISTS", "CASCADE", "RESTRICT"):
                    yield plain(token.value)


def _load_and_read(subject: Subject, superuser: Connection) -> tuple[_State, int, str]:
    """Load the sample; return catalogue and checksums, the number of rows, and the refusal if there is one."""
    catalogue, refusal = superuser.catalogue(), ""
    try:
        rows = load(superuser, Sample(subject.schema), subject.traits)
    except Rejected as error:
        rows, refusal = 0, str(error)  # whether the tables accept the sample is the claim of `relationships`
    names = subject.names
    sums = {
        table.name: _checksum(superuser, names.table(table), names.columns(table, table.primary_key))
        for table in subject.schema.tables
    }
    return (catalogue, sums), rows, refusal


def _difference(first: _State, second: _State) -> list[str]:
    tables = [name for name, checksum in first[1].items() if second[1].get(name) != checksum]
    return [*difference(first[0], second[0]), *(f"the rows of {name} differ" for name in tables)]


def _checksum(connection: Connection, table: str, key: str) -> str:
    order = f" ORDER BY {key}" if key else ""
    rows = connection.run(f"SELECT * FROM {table}{order}").rows
    digest = hashlib.sha256()
    for row in rows:
        # Equal rows have equal digests in both runs: the sample sets the columns that default to the time of insertion.
        digest.update(repr(row).encode())
    return digest.hexdigest()


DEFECTS = (
    Defect("a table remains after down", "leftover", up=lambda text: f"{text}\nCREATE TABLE leftover (id INTEGER);"),
    Defect(
        "the down statements omit a table",
        "the down statements",
        down=lambda text: text.replace("DROP TABLE time_entries;", ""),
    ),
    Defect(
        "the down statements do not run", "down statements do not run", down=lambda text: f"{text}\nDROP TABLE nowhere;"
    ),
    Defect(
        "the down statements drop a table of somebody else",
        "drop what up does not create: orders, clients",
        down=lambda text: f"{text}\nDROP TABLE IF EXISTS orders;\nDROP TABLE IF EXISTS clients;",
    ),
    Defect(
        "the down statements delete rows of another table",
        "another table's rows changed",
        down=lambda text: f"{text}\nDELETE FROM bystander WHERE id > 50;",
    ),
    Defect("the statements do not run", UP_FAILED, up=lambda text: text.replace("(tenant_id, id)", "(tenant_id, it)")),
)
