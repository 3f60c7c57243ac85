"""How the rows of tenants are kept apart, and the settings of a session that select a tenant."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from langgraph_dba.database.model.base import Frozen, Identifier


class SettingMember(Frozen):
    """A setting of a session, and the path to a member of its JSON value; the path of a plain value is empty."""

    setting: str
    path: tuple[str, ...] = ()


VISITORS = frozenset({"anon", "anonymous", "guest", "visitor", "web_anon"})
"""Names of roles for visitors without a login."""


class Isolation(Frozen):
    """The isolation of tenants: `setting` holds the tenant of a transaction, `role` is the application's.

    With `derives`, role, policies and grants are generated from these fields; without it, the schema lists them.
    """

    model: Literal["shared-schema", "schema-per-tenant", "database-per-tenant"] = "shared-schema"
    table: Identifier | Literal[""] = Field(description="the table of tenants; empty if the database has none")
    column: Identifier = "tenant_id"
    setting: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.\w+)+$")] = "app.tenant_id"
    setting_key: str = Field("", description="the member of the setting's JSON value; empty for a plain value")
    members: tuple[SettingMember, ...] = Field((), description="every value to set, if it is not `setting` alone")
    role: Identifier = "app_user"
    derives: bool = True

    def settings(self, tenant: str) -> dict[str, str]:
        """Return the settings that select a tenant, with their values."""
        main = SettingMember(setting=self.setting, path=(self.setting_key,) if self.setting_key else ())
        objects: dict[str, dict[str, Any]] = {}
        plain: dict[str, str] = {}
        for member in self.members or (main,):
            if not member.path:
                plain[member.setting] = tenant
                continue
            at = objects.setdefault(member.setting, {})
            for name in member.path[:-1]:
                # of two paths, one of which is the beginning of the other, the longer one counts
                inner = at.get(name)
                at[name] = at = inner if isinstance(inner, dict) else {}
            at.setdefault(member.path[-1], tenant)
        return plain | {setting: json.dumps(value) for setting, value in objects.items()}
