"""Compare two catalogues record by record, and say what each difference means to somebody who writes rows."""

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.records import Records
from langgraph_dba.database.proofs.kit.catalogue.checks import compare_checks
from langgraph_dba.database.proofs.kit.catalogue.foreign_keys import foreign_key_lines
from langgraph_dba.database.proofs.kit.catalogue.keys_and_indexes import compare_keys_and_indexes
from langgraph_dba.database.proofs.kit.catalogue.other_objects import definition_lines, view_lines
from langgraph_dba.database.proofs.kit.catalogue.policies_and_grants import compare_policies, grant_lines
from langgraph_dba.database.proofs.kit.catalogue.sides import Findings, Sides
from langgraph_dba.database.proofs.kit.catalogue.tables import compare_columns, table_lines


def compare(declared: Records, created: Records, traits: Traits) -> Findings:
    """Return what the created catalogue has other than the declared one; equal records leave nothing."""
    sides, findings = Sides(declared, created, traits), Findings()
    findings.lines += table_lines(sides)
    compare_columns(sides, findings)
    compare_keys_and_indexes(sides, findings)
    compare_checks(sides, findings)
    findings.lines += foreign_key_lines(sides)
    compare_policies(sides, findings)
    for compare_kind in (view_lines, definition_lines, grant_lines):
        findings.lines += compare_kind(sides)
    return findings
