"""PostgreSQL's templates for generated data."""

from langgraph_dba.database.engines.sql_templates import SqlTemplates

# The engine enforces a foreign key by triggers of its own, on both tables: only these are switched. Other ways change
# more: session_replication_role = replica disables the triggers of the schema, a dropped constraint has to be read and
# created again, and a deferred one needs all rows in one transaction.
_SWITCH_KEYS = """DO $switch$ DECLARE one record; BEGIN
  FOR one IN SELECT t.tgrelid::regclass AS owner, t.tgname AS name
    FROM pg_trigger t JOIN pg_constraint c ON c.oid = t.tgconstraint
    WHERE c.contype = 'f' AND c.conrelid = '{{table}}'::regclass AND c.confrelid = '{{target}}'::regclass
  LOOP EXECUTE format('ALTER TABLE %s {action} TRIGGER %I', one.owner, one.name); END LOOP;
END $switch$"""

SQL_TEMPLATES = SqlTemplates(
    transactions={level: (f"BEGIN ISOLATION LEVEL {level}",) for level in ("READ COMMITTED", "REPEATABLE READ")},
    connection_id="SELECT pg_backend_pid()",
    is_waiting="SELECT cardinality(pg_blocking_pids(:id)) > 0",
    numbers="SELECT g FROM generate_series(0::bigint, {n} - 1) AS numbers(g)",
    div="({a} / {b})",
    text="({a})::text",
    concat="({a} || {b})",
    padded="lpad(({a})::text, {n}, '0')",
    decimal="(({a})::numeric / {scale})",
    float="(({a})::double precision / {scale})",
    boolean="({a} = 1)",
    date="(date '1970-01-01' + ({a})::integer)",
    time="(time '00:00' + ({a}) * interval '1 second')",
    instant="to_timestamp({a})",
    local="(timestamp '1970-01-01' + ({a}) * interval '1 second')",
    uuid="({a})::uuid",
    json="({a})::jsonb",
    cast="CAST({a} AS {type})",
    binary="decode(lpad(to_hex({a}), {n}, '0'), 'hex')",
    trigger="CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    trigger_routine=(
        "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        "$function$ BEGIN {body}; RETURN NULL; END $function$"
    ),
    refusal=(
        "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {function}()"
    ),
    refusal_routine=(
        "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $function$ BEGIN RAISE EXCEPTION USING"
        " ERRCODE = 'check_violation', CONSTRAINT = '{function}', MESSAGE = {message}; END $function$"
    ),
    refusal_of_truncate=(
        "CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    ),
    filling={
        "fill": (
            "CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OF {columns} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
    },
    filling_routine=(
        "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        "$function$ BEGIN {assignment}; RETURN NEW; END $function$"
    ),
    a_number="{a} <> 'NaN'",
    by_statement="pg_trigger_depth() = 0",
    table_bytes="SELECT pg_total_relation_size(CAST(quote_ident(:table) AS regclass))",
    restart="SELECT setval(pg_get_serial_sequence('{table}', '{column}'), {n})",
    skip_keys=(
        "DO $$ DECLARE one record; BEGIN"
        " FOR one IN SELECT seqrelid, greatest(least(seqmax / 2, 1000000000), seqmin) AS value FROM pg_sequence"
        " WHERE has_sequence_privilege(seqrelid, 'UPDATE')"
        " LOOP PERFORM setval(one.seqrelid, one.value); END LOOP; END $$"
    ),
    own_definers=(
        "DO $$ DECLARE one text; BEGIN FOR one IN"
        " SELECT format('ALTER %s %I.%I OWNER TO CURRENT_USER', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW'"
        " ELSE 'VIEW' END, n.nspname, c.relname) FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE (c.relkind = 'm' OR (c.relkind = 'v'"
        " AND NOT coalesce(c.reloptions::text, '') ~ 'security_invoker=(true|on|1|yes)'))"
        " AND n.nspname !~ '^(pg_|information_schema$)' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d"
        " WHERE d.objid = c.oid AND d.deptype = 'e')"
        " UNION ALL SELECT format('ALTER ROUTINE %s OWNER TO CURRENT_USER', p.oid::regprocedure)"
        " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.prosecdef"
        " AND n.nspname !~ '^(pg_|information_schema$)' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d"
        " WHERE d.objid = p.oid AND d.deptype = 'e')"
        " LOOP EXECUTE one; END LOOP; END $$"
    ),
    sampled="{table} TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1)",
    seconds_of="extract(epoch FROM {a})",
    scatter_rows=("CREATE INDEX scattered_rows ON {table} ({scattered})", "CLUSTER {table} USING scattered_rows"),
    lay_rows=("CLUSTER {table} USING {primary}",),
    bloat_tools="CREATE EXTENSION IF NOT EXISTS pgstattuple",
    compact="VACUUM FULL {table}",
    touch_rows="UPDATE {table} SET {column} = {column}",
    bloat="SELECT avg_leaf_density, index_size FROM pgstatindex(quote_ident(:index))",
    rebuild="REINDEX INDEX {index}",
    use_namespace="SET search_path TO {name}, public",
    leave_namespace="RESET search_path",
    silence_triggers=("ALTER TABLE {table} DISABLE TRIGGER USER", "ALTER TABLE {table} ENABLE TRIGGER USER"),
    ignore_keys=(_SWITCH_KEYS.format(action="DISABLE"),),
    # a table with deferred events in the transaction cannot be altered: these are due now
    enforce_keys=("SET CONSTRAINTS ALL IMMEDIATE", _SWITCH_KEYS.format(action="ENABLE")),
    days_of="({a} - date '1970-01-01')",
    # with a time zone of its own: the sum of an instant and months depends on the session's, and would be no constant
    plus={
        "date": "({a} + interval '{n} {unit}')::date",
        "instant": "({a} AT TIME ZONE 'UTC' + interval '{n} {unit}') AT TIME ZONE 'UTC'",
        "local-datetime": "({a} + interval '{n} {unit}')",
    },
)
