"""The severity scale of findings, and the mapping to the scales of other tools."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Severity = Literal["critical", "major", "minor", "nit"]
Level = Literal["error", "warning", "note"]

# most severe first
SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor", "nit")

# SARIF and `team check` have three levels. A severity of which one finding blocks an approval is an error there.
LEVELS: Mapping[Severity, Level] = MappingProxyType(
    {"critical": "error", "major": "error", "minor": "warning", "nit": "note"}
)
FROM_LEVEL: Mapping[Level, Severity] = MappingProxyType({"error": "critical", "warning": "minor", "note": "nit"})
# the commands of GitHub's workflow log
GITHUB: Mapping[Level, str] = MappingProxyType({"error": "error", "warning": "warning", "note": "notice"})
