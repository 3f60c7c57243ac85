"""Words that cannot name a table or a column without quotes.

Taken from the engines themselves: what PostgreSQL's `pg_get_keywords()` reports as reserved, and what SQLite refuses
when asked to make a table of that name. The system columns of PostgreSQL are refused as columns too.
"""

_POSTGRESQL = frozenset(
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation "
    "column concurrently constraint create cross current_catalog current_date current_role current_schema current_time "
    "current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze "
    "from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit "
    "localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references "
    "returning right select session_user similar some symmetric system_user table tablesample then to trailing true "
    "union unique user using variadic verbose when where window with".split()
)
_SQLITE = frozenset(
    "add all alter and as autoincrement between case cast check collate commit constraint create default deferrable "
    "delete distinct drop else escape except exists foreign from group having if in index insert intersect into is "
    "isnull join limit not notnull null on or order primary raise references returning select set table then to "
    "transaction union unique update using values when where".split()
)
_SYSTEM_COLUMNS = frozenset("cmax cmin ctid tableoid xmax xmin".split())
# Allowed, but a type or a function elsewhere: names of our own making avoid them.
_CONFUSING = frozenset(
    "any call char character condition current date datetime day desc hour int interval key keys month number range rank "
    "read real release repeat row rows schema second signal sql ssl system time timestamp trigger type usage use value "
    "write year zone".split()
)


def is_reserved(name: str) -> bool:
    """Whether an engine refuses the name, unquoted, for a table or a column."""
    return name in _POSTGRESQL or name in _SQLITE or name in _SYSTEM_COLUMNS or name.startswith("sqlite_")


def is_confusing(name: str) -> bool:
    """Whether the name is reserved, or reads as a type or a function: `date`, `time`, `value`."""
    return is_reserved(name) or name in _CONFUSING
