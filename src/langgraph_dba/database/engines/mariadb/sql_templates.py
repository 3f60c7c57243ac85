"""MariaDB's templates for generated data; series of integers come from its sequence storage engine."""

from langgraph_dba.database.engines.sql_templates import SqlTemplates

_PLUS = "DATE_ADD(LEAST({{a}}, DATE_SUB({last}, INTERVAL {{n}} {{unit}})), INTERVAL {{n}} {{unit}})"

SQL_TEMPLATES = SqlTemplates(
    transactions={
        level: (f"SET TRANSACTION ISOLATION LEVEL {level}", "START TRANSACTION")
        for level in ("REPEATABLE READ", "READ COMMITTED")
    },
    connection_id="SELECT connection_id()",
    is_waiting_after_ms=120,  # the table shows nothing new if it was read within 0.1 s
    is_waiting=(
        "SELECT count(*) > 0 FROM information_schema.innodb_trx "
        "WHERE trx_mysql_thread_id = :id AND trx_state = 'LOCK WAIT'"
    ),
    numbers="SELECT CAST(seq AS SIGNED) - 1 AS g FROM seq_1_to_{n}",
    div="({a} DIV {b})",
    text="CAST({a} AS CHAR)",
    concat="CONCAT({a}, {b})",
    padded="LPAD({a}, {n}, '0')",
    decimal="(({a}) / {scale})",
    float="(({a}) / {scale}e0)",
    boolean="({a})",
    date="DATE_ADD('1970-01-01', INTERVAL {a} DAY)",
    time="SEC_TO_TIME({a})",
    instant="TIMESTAMPADD(SECOND, {a}, '1970-01-01 00:00:00')",
    local="TIMESTAMPADD(SECOND, {a}, '1970-01-01 00:00:00')",
    uuid="{a}",
    json="{a}",
    binary="UNHEX(LPAD(HEX({a}), {n}, '0'))",
    trigger="CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {body}",
    refusal=(
        "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW IF {condition}"
        " THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = {message}; END IF"
    ),
    filling={
        "fill_insert": "CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW SET {assignment}",
        "fill_update": (
            "CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW IF NOT ({same}) THEN SET {assignment}; END IF"
        ),
    },
    stored_rows="CREATE TEMPORARY TABLE {name} AS {query}",
    replace="REPLACE INTO",
    step="{name} AS ({rows} LIMIT 18446744073709551615)",
    distinct="NOT ({a} <=> {b})",
    table_bytes=(
        "SELECT data_length + index_length FROM information_schema.tables "
        "WHERE table_schema = database() AND table_name = :table"
    ),
    drop_index="DROP INDEX {index} ON {table}",
    float_of="CAST({a} AS DOUBLE)",
    seconds_of="TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', {a})",
    scatter_rows=(
        "CREATE TABLE scattered_rows (place BIGINT, PRIMARY KEY (place), KEY ({key})) AS "  # noqa: ISC004  one statement
        "SELECT {scattered} AS place, t.* FROM {table} t",
    ),
    scattered_rows="scattered_rows",
    ignore_keys=("SET SESSION foreign_key_checks = 0",),
    enforce_keys=("SET SESSION foreign_key_checks = 1",),
    days_of="DATEDIFF({a}, '1970-01-01')",
    # a sum after the year 9999 is an error, in a check too
    plus={
        "date": _PLUS.format(last="DATE '9999-12-31'"),
        **dict.fromkeys(("instant", "local-datetime"), _PLUS.format(last="TIMESTAMP '9999-12-31 23:59:59'")),
    },
)
