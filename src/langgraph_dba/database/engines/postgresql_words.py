"""PostgreSQL's words for generated data."""

from langgraph_dba.database.engines.words import Words

WORDS = Words(
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
    binary="decode(lpad(to_hex({a}), 16, '0'), 'hex')",
    restart="SELECT setval(pg_get_serial_sequence('{table}', '{column}'), {n})",
    sampled="{table} TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1)",
    seconds_of="extract(epoch FROM {a})",
    days_of="({a} - date '1970-01-01')",
)
