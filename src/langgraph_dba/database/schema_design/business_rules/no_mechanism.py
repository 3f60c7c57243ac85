"""Why a rule has no mechanism in the schema."""


class NoMechanismError(Exception):
    """A rule has no mechanism in the schema: the reason, and what must enforce it instead."""

    def __init__(self, reason: str, instead: str) -> None:
        """Store both."""
        super().__init__(reason)
        self.reason, self.instead = reason, instead
