"""Templates of the SQL from which an engine generates data: series of integers, and integers as values of a type."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SqlTemplates:
    """SQL templates over an integer expression `{a}`; `{n}` is a count, `{scale}` a power of ten.

    `{a}` is in days since 1970 for dates, in seconds since 1970 (UTC) for instants, in seconds of the day for times.
    """

    numbers: str  # a SELECT of one column g: 0 … n - 1
    div: str  # integer division of {a} by {b}
    text: str
    concat: str  # {a} and {b} as one text
    padded: str  # {a} in at least {n} digits
    decimal: str  # {a} units of 1/{scale}
    float: str
    boolean: str  # {a} is 0 or 1
    date: str
    time: str
    instant: str
    local: str
    uuid: str
    json: str  # {a} is a text with JSON
    binary: str  # {a} in {n} hexadecimal digits
    cast: str = "{a}"  # a text as a value of {type}
    trigger: str = ""  # runs {body} after each {event} of a row of {table}
    trigger_routine: str = ""  # the function that the trigger calls; empty if the body is inline
    # refuses an {event} of a row of {table} that meets {condition}, with {message}; {function} is its routine's name
    refusal: str = ""
    refusal_routine: str = ""  # empty if the trigger needs none
    refusal_of_truncate: str = ""  # empty if no trigger can refuse it
    # by a part of its name, a trigger that runs {assignment} before a row of {table} is written, unless an UPDATE
    # leaves {columns} the {same}; none if it cannot
    filling: Mapping[str, str] = field(default_factory=dict)
    filling_routine: str = ""  # empty if the trigger needs none
    by_statement: str = ""  # whether no trigger makes the change at hand; empty if the engine cannot tell
    # stores the rows of {query}, if no trigger may change a table that its statement reads; else empty
    stored_rows: str = ""
    replace: str = ""  # inserts a row instead of those with its keys; empty if the engine cannot
    distinct: str = "{a} IS DISTINCT FROM {b}"  # NULL is a value as others are
    # a part of a WITH clause that is computed once: merged into the next part, each of many steps would double the text
    step: str = "{name} AS MATERIALIZED ({rows})"
    a_number: str = ""  # whether a decimal is a number; empty if each value is one
    table_bytes: str = ""  # bytes of :table and its indexes on disk
    drop_index: str = "DROP INDEX {index}"  # of {table}
    restart: str = ""  # sets the sequence of {table}.{column} to {n}
    skip_keys: str = ""  # lets all sequences continue far behind the keys of generated rows
    own_definers: str = ""  # makes the current user the owner of what runs or reads with its owner's rights
    sampled: str = "{table}"  # {table}, or about {percent} of its rows if the engine can sample
    float_of: str = "CAST({a} AS DOUBLE PRECISION)"
    seconds_of: str = ""  # an instant as seconds since 1970
    days_of: str = ""  # a date as days since 1970
    # by "date" and "instant": {a} and {n} times {unit} (minute, hour, day, month, year)
    plus: Mapping[str, str] = field(default_factory=dict)
    # Statements that store a table's rows in a scattered order, the table that then holds them, and statements that
    # store them in the order of {key}, whose index is {primary}.
    scatter_rows: tuple[str, ...] = ()
    scattered_rows: str = "{table}"
    lay_rows: tuple[str, ...] = ()
    # Index bloat: the extension to load, a table without free space, a new version of every row, (leaf density in
    # per cent, bytes) of :index, its rebuild. Empty if the engine cannot measure it.
    bloat_tools: str = ""
    compact: str = ""
    touch_rows: str = ""
    bloat: str = ""
    rebuild: str = ""
    # Statements before and after which the foreign keys of {table} to {target}, or all, are not enforced; both names
    # are in string literals. Triggers of the schema must run in between, because they may fill columns.
    # finds and creates objects in {name}, and in the default schema again; empty without schemas
    use_namespace: str = ""
    leave_namespace: str = ""
    silence_triggers: tuple[str, str] = ("", "")  # of {table}, and ends it; not those that enforce keys
    ignore_keys: tuple[str, ...] = ()
    enforce_keys: tuple[str, ...] = ()
    # isolation level -> the statements that open a transaction in it; the default level is the first
    transactions: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"the only level": ("BEGIN",)})
    prepare_transactions: tuple[str, ...] = ()  # of a connection that runs them beside another one
    connection_id: str = ""  # empty: no statement waits for another transaction
    is_waiting: str = ""  # whether the connection :id waits for another transaction
    is_waiting_after_ms: int = 5  # of running, and again after as many
