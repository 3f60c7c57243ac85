"""Requests for access, erasure or export miss personal data that is not marked.

They start from the list of columns that are marked as personal. In requirements the mark is
`personal: true`; in an existing database it is a comment on the column that begins with "personal".

Bad:

```sql
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
```

Good:

```sql
CREATE TABLE suppliers (id bigint PRIMARY KEY, email text NOT NULL);
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
COMMENT ON COLUMN customers.email IS 'personal: how we reach them';
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Column, Schema, Table
from langgraph_dba.database.requirements.plural import singular_of
from langgraph_dba.database.rules.kit.changes import change_column
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "minor"
_ALWAYS = frozenset(
    {
        "birth_date", "birthdate", "birthday", "date_of_birth", "dob", "driving_licence_number", "first_name",
        "last_name", "national_id", "passport_number", "social_security_number", "ssn", "surname",
    }
)  # fmt: skip
_CONTACT = frozenset({"email", "phone", "mobile", "cellphone", "telephone"})
# The contact data of an organisation are not personal data.
_ORGANISATIONS = frozenset(
    {
        "account", "agency", "airline", "bank", "branch", "brand", "business", "carrier", "chain", "client", "clinic",
        "club", "college", "company", "customer_account", "dealer", "department", "employer", "facility", "firm",
        "garage", "gym", "hospital", "hotel", "institution", "laboratory", "library", "location", "manufacturer",
        "merchant", "office", "organisation", "organization", "partner", "pharmacy", "practice", "property",
        "provider", "publisher", "restaurant", "salon", "school", "shipper", "shop", "site", "store", "studio",
        "supplier", "tenant", "theater", "theatre", "university", "vendor", "venue", "warehouse", "workshop",
        "workspace",
    }
)  # fmt: skip


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield columns whose name means personal data and that are not marked as personal."""
    for column in table.columns:
        if not column.personal and _is_personal(column, table, schema):
            message = f"{column.name} is personal data but is not marked as personal"
            instead = "mark it: `personal: true`"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def _is_personal(column: Column, table: Table, schema: Schema) -> bool:
    # a surname or a date of birth belongs to a person even in a table of organisations
    if column.name in _ALWAYS:
        return True
    words = tokens(column.name)
    # the last word decides: `email_sent_at` and `phone_count` are not contact data
    contact = words[-1] in _CONTACT or words[-2:] in (("email", "address"), ("phone", "number"))
    return contact and column.type.name in ("string", "text") and not _is_organisation(table, schema)


def _is_organisation(table: Table, schema: Schema) -> bool:
    # business customers: the row is a company, and has no name of a person
    if "company_name" in table.column_names and not _ALWAYS.intersection(table.column_names):
        return True
    return schema.is_tenant_table(table) or tokens(singular_of(table.name))[-1] in _ORGANISATIONS


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Mark the column as personal."""
    return change_column(schema, location.table, location.column, personal=True)
