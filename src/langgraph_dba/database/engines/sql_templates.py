"""How an engine writes what data are generated with: numbers in a row, and whole numbers as values of a type."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """SQL templates over `{a}`, a whole number; `{n}` is a count, `{scale}` a power of ten.

    Of a date it counts days, of a moment seconds, both since 1970 in UTC; of a time the seconds of the day.
    """

    numbers: str  # a SELECT of one column g: 0 … n - 1
    div: str  # whole-number division of {a} by {b}
    text: str
    concat: str  # of {a} and {b}
    padded: str  # {a} in at least {n} digits
    decimal: str  # {a} units of 1/{scale}
    float: str
    boolean: str  # {a} is 0 or 1
    date: str
    time: str
    instant: str
    local: str
    uuid: str
    json: str  # {a} is a text that holds JSON
    binary: str
    trigger: str = ""  # runs {body} after each {event} of a row of {table}
    trigger_routine: str = ""  # what it calls, where it must call something
    table_bytes: str = ""  # what :table and its indexes take on disk
    drop_index: str = "DROP INDEX {index}"  # of {table}
    restart: str = ""  # lets a counter go on behind the {n} rows of {table}.{column}
    sampled: str = "{table}"  # {table}, or about {percent} of its rows where the engine can sample
    float_of: str = "CAST({a} AS DOUBLE PRECISION)"
    seconds_of: str = ""  # a moment as seconds since 1970
    days_of: str = ""  # a date as days since 1970
    # a table's rows in a scattered order, where they then are, and laid out by its {key}, whose index is {primary}
    scatter_rows: tuple[str, ...] = ()
    scattered_rows: str = "{table}"
    lay_rows: tuple[str, ...] = ()
    # bloat: what to load first, a table without free room, a new version of every row, (leaves filled in per cent,
    # bytes) of :index, its rebuild
    bloat_tools: str = ""
    compact: str = ""
    touch_rows: str = ""
    bloat: str = ""
    rebuild: str = ""
