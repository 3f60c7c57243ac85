"""The statements make the schema, unmake it without a trace, and make it again, in a database that holds other data.

What unmaking loses is declared: the rows of the tables it drops, and nothing else.
"""

import hashlib

from langgraph_dba.database.data.sample import Sample, load
from langgraph_dba.database.engines import Connection, Rejected, Scratch, difference
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "up, down and up again leave the same catalogue and the same data, and other tables untouched"
CAPABILITY = "Change Management: rollback"
NEEDS = ()
NO_WAY_UP = "the statements do not run"
_BYSTANDER = "CREATE TABLE bystander (id INTEGER PRIMARY KEY, word TEXT NOT NULL)"


def obstacle(_: Subject) -> str:
    """Return an empty text: the proof applies to every schema."""
    return ""


def run(subject: Subject) -> CheckResult:
    """Go up, down and up beside a table that holds rows already."""
    with subject.scratch("") as scratch, scratch.connect("superuser") as eye:
        _as_owner(scratch, f"{_BYSTANDER};")
        eye.load("bystander", ["id", "word"], [(n, f"word {n}") for n in range(100)])
        empty, untouched = eye.catalogue(), _checksum(eye, "bystander", "id")
        try:
            _as_owner(scratch, subject.ddl.up)
        except Rejected as refusal:
            return CheckResult((f"{NO_WAY_UP}: {refusal}",), "", {})
        first, rows = _filled(subject, eye)
        try:
            _as_owner(scratch, subject.ddl.down)
        except Rejected as refusal:
            return CheckResult((f"the way down does not run: {refusal}",), "", {})
        failures = [f"after the way down, {line}" for line in difference(empty, eye.catalogue())]
        if failures:
            return CheckResult(tuple(failures), "", {})
        _as_owner(scratch, subject.ddl.up)
        second, _ = _filled(subject, eye)
        failures += [f"the second way up differs: {line}" for line in _difference(first, second)]
        if _checksum(eye, "bystander", "id") != untouched:
            failures.append("another table's rows changed")
    summary = f"catalogue and checksums equal; the way down loses the {rows} rows of its own tables, as declared"
    return CheckResult(tuple(failures), summary, {"rows": rows, "objects": sum(map(len, first[0].values()))})


_Filled = tuple[dict[str, dict[str, str]], dict[str, str]]


def _as_owner(scratch: Scratch, statements: str) -> None:
    with scratch.connect("owner") as owner:
        owner.script(statements)


def _filled(subject: Subject, eye: Connection) -> tuple[_Filled, int]:
    """Load the sample as far as the tables take it: whether they should is the concern of another proof."""
    catalogue = eye.catalogue()
    try:
        rows = load(eye, Sample(subject.schema), subject.traits)
    except Rejected:
        rows = 0
    names = subject.names
    sums = {
        table.name: _checksum(eye, names.table(table), names.columns(table, table.primary_key))
        for table in subject.schema.tables
    }
    return (catalogue, sums), rows


def _difference(first: _Filled, second: _Filled) -> list[str]:
    tables = [name for name, checksum in first[1].items() if second[1].get(name) != checksum]
    return [*difference(first[0], second[0]), *(f"the rows of {name} differ" for name in tables)]


def _checksum(connection: Connection, table: str, key: str) -> str:
    order = f" ORDER BY {key}" if key else ""
    rows = connection.run(f"SELECT * FROM {table}{order}").rows
    digest = hashlib.sha256()
    for row in rows:
        # the moment of insertion differs between two runs only where the sample leaves it to the engine
        digest.update(repr(row).encode())
    return digest.hexdigest()


DEFECTS = (
    Defect("a table is left behind", "leftover", up=lambda text: f"{text}\nCREATE TABLE leftover (id INTEGER);"),
    Defect(
        "the way down forgets a table", "the way down", down=lambda text: text.replace("DROP TABLE time_entries;", "")
    ),
    Defect("the way down does not run", "way down does not run", down=lambda text: f"{text}\nDROP TABLE nowhere;"),
    Defect(
        "the way down takes rows of another table",
        "another table's rows changed",
        down=lambda text: f"{text}\nDELETE FROM bystander WHERE id > 50;",
    ),
    Defect("the statements do not run", NO_WAY_UP, up=lambda text: text.replace("(tenant_id, id)", "(tenant_id, it)")),
)
