"""SQLite's templates for generated data: money in minor units, instants as UTC text."""

from langgraph_dba.database.engines.sql_templates import SqlTemplates

SQL_TEMPLATES = SqlTemplates(
    # a reader keeps others from committing without a log; a second writer is refused at once, as it would be after 5 s
    prepare_transactions=("PRAGMA journal_mode = WAL", "PRAGMA busy_timeout = 0"),
    numbers="WITH RECURSIVE numbers(g) AS (SELECT 0 UNION ALL SELECT g + 1 FROM numbers WHERE g < {n} - 1) "
    "SELECT g FROM numbers",
    div="({a} / {b})",
    text="({a})",
    concat="({a} || {b})",
    padded="printf('%0{n}d', {a})",
    decimal="({a})",
    float="(({a}) / {scale}.0)",
    boolean="({a})",
    date="date(({a}) * 86400, 'unixepoch')",
    time="time({a}, 'unixepoch')",
    instant="strftime('%Y-%m-%dT%H:%M:%fZ', {a}, 'unixepoch')",
    local="strftime('%Y-%m-%dT%H:%M:%f', {a}, 'unixepoch')",
    uuid="{a}",
    json="{a}",
    trigger="CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW BEGIN {body}; END",
    refusal=(
        "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition}"
        " BEGIN SELECT RAISE(ABORT, {message}); END"
    ),
    replace="REPLACE INTO",
    distinct="{a} IS NOT {b}",
    table_bytes=(
        "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = :table)"
    ),
    binary="CAST(printf('%016x', {a}) AS BLOB)",
    seconds_of="strftime('%s', {a})",
    # in a transaction only the second has an effect, outside of one only the first
    ignore_keys=("PRAGMA foreign_keys = OFF", "PRAGMA defer_foreign_keys = ON"),
    enforce_keys=("PRAGMA foreign_keys = ON",),
    days_of="CAST(julianday({a}) - julianday('1970-01-01') AS INTEGER)",
    plus={
        "date": "date({a}, '+{n} {unit}')",
        "instant": "strftime('%Y-%m-%dT%H:%M:%fZ', {a}, '+{n} {unit}')",
        "local-datetime": "strftime('%Y-%m-%dT%H:%M:%f', {a}, '+{n} {unit}')",
    },
)
