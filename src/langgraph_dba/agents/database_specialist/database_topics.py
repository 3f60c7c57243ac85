"""The topics of the database panel: the critical database decisions, each with its options."""

from itertools import combinations

from langgraph_dba.agents.panel.topics import Topic


def _pairs(*groups: tuple[str, ...]) -> frozenset[frozenset[str]]:
    """Return all pairs within each group: any two of its members can be combined."""
    return frozenset(frozenset(pair) for group in groups for pair in combinations(group, 2))


_DESIGN, _SPEED, _CHANGE = "schema design", "performance", "migration and evolution"
_KINDS = ("b-tree", "hash", "gin", "gist", "brin")
_CACHES = ("application-cache", "materialised-view", "key-value-cache")
_POOLS = ("driver-pool", "transaction-pooler", "session-pooler")

TOPICS: tuple[Topic, ...] = (
    Topic("database-selection", _DESIGN, "Which database", ("postgresql", "mysql", "sqlite", "mongodb", "cassandra")),
    Topic(
        "normalisation", _DESIGN, "Normalise or denormalise",
        ("third-normal-form", "boyce-codd-normal-form", "summary-tables", "denormalised"),
        _pairs(("third-normal-form", "summary-tables"), ("boyce-codd-normal-form", "summary-tables")),
    ),
    Topic(
        "data-model", _DESIGN, "Relational, document or graph", ("relational", "document", "graph"),
        _pairs(("relational", "document"), ("relational", "graph")),
    ),
    Topic(
        "partitioning", _DESIGN, "Partitioning and sharding", ("none", "range", "list", "hash", "sharding"),
        _pairs(("range", "hash"), ("range", "list"), ("range", "sharding"), ("list", "hash")),
    ),
    Topic(
        "tenancy", _DESIGN, "How tenants are isolated",
        ("shared-schema", "schema-per-tenant", "database-per-tenant"),
        part_of="partitioning",
        steps=(
            "Create the schema in a scratch database and prove its isolation there",
            "Create it in the target database with the application's role only",
            "Load two tenants, and repeat the isolation proof with the application's own connections",
            "Measure the restore of one tenant and the creation of another before the first customer",
        ),
    ),
    Topic(
        "index-design", _DESIGN, "Which indexes", ("foreign-keys", "workload", "workload-covering"),
        steps=(
            "Create the indexes with the schema; on a table in use, one at a time and without blocking writers",
            "Run every access of the workload with the expected number of rows, and check its plan",
            "Compare reads and inserts with their service levels; drop indexes that no statement uses",
        ),
    ),
    Topic(
        "query-optimisation", _SPEED, "How slow statements are fixed",
        ("add-index", "rewrite", "precompute", "change-schema"),
        _pairs(("add-index", "rewrite", "precompute"), ("add-index", "change-schema")),
    ),
    Topic("index-type", _SPEED, "Which kinds of index", _KINDS, _pairs(_KINDS)),
    Topic("caching", _SPEED, "Where results are cached", ("none", *_CACHES), _pairs(_CACHES)),
    Topic(
        "connection-pooling", _SPEED, "How connections are shared", ("none", *_POOLS),
        _pairs(("driver-pool", "transaction-pooler"), ("driver-pool", "session-pooler")),
    ),
    Topic(
        "scaling", _SPEED, "How the database scales", ("larger-machine", "read-replicas", "sharding", "clustering"),
        _pairs(("larger-machine", "read-replicas"), ("read-replicas", "sharding")),
    ),
    Topic(
        "migration-strategy", _CHANGE, "How a migration is rolled out and back",
        ("expand-contract", "rolling", "blue-green", "maintenance-window"),
        _pairs(("expand-contract", "rolling"), ("expand-contract", "blue-green")),
    ),
    Topic(
        "schema-evolution", _CHANGE, "How a schema changes in production",
        ("additive-only", "versioned-views", "expand-contract", "in-place"),
        _pairs(("additive-only", "versioned-views"), ("versioned-views", "expand-contract")),
    ),
    Topic(
        "data-transformation", _CHANGE, "How data is moved and transformed",
        ("batched-backfill", "extract-load-transform", "change-data-capture", "single-statement"),
        _pairs(("batched-backfill", "change-data-capture"), ("extract-load-transform", "change-data-capture")),
    ),
    Topic(
        "version-upgrade", _CHANGE, "How an engine is upgraded",
        ("dump-restore", "logical-replication", "in-place-upgrade"),
    ),
    Topic(
        "backup-recovery", _CHANGE, "How data is restored",
        ("dumps", "base-backup-and-log", "standby", "snapshots"),
        _pairs(("dumps", "base-backup-and-log", "standby"), ("base-backup-and-log", "snapshots")),
    ),
)  # fmt: skip
