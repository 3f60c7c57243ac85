"""A measured number without its unit is read in different units: minutes or hours, grams or kilograms.

Neither the name nor the type says what 5 means, and no constraint can. A name with the unit (`length_minutes`), a
second column for the unit or a comment says it.

Bad:

```sql
CREATE TABLE films (id bigint PRIMARY KEY, duration integer NOT NULL, weight numeric(8, 2));
```

Good:

```sql
CREATE TABLE films (
  id bigint PRIMARY KEY, duration_minutes integer NOT NULL, weight numeric(8, 2), weight_unit text NOT NULL,
  height numeric(8, 2), temperature_label text
);
COMMENT ON COLUMN films.height IS 'in centimetres';
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "nit"
fix = None  # the unit is not known
_MEASURES = {
    "altitude": "metres", "distance": "metres", "duration": "minutes", "height": "millimetres", "humidity": "percent",
    "length": "millimetres", "pressure": "hectopascals", "speed": "kilometres_per_hour", "temperature": "celsius",
    "volume": "litres", "weight": "grams", "width": "millimetres",
}  # fmt: skip
_NUMBERS = frozenset({"smallint", "integer", "bigint", "decimal", "float"})


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield numbers with the bare name of a measure, without a comment and without a column of the unit."""
    for column in table.columns:
        measure = column.name.rpartition("_")[2]
        if measure not in _MEASURES or column.type.name not in _NUMBERS or column.comment:
            continue
        units = {f"{column.name}_unit", f"{measure}_unit", f"unit_of_{measure}", "unit", "unit_name", "units"}
        if units.isdisjoint(table.column_names):
            message = f"{column.name} is a number without a unit"
            instead = f"put the unit into its name or comment, such as {column.name}_{_MEASURES[measure]}"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)
