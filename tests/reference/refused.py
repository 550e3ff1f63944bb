"""What must be refused."""

from __future__ import annotations


class Refused(Exception):
    """The concatenation must be refused, with a message that matches one of `patterns`: which one is free."""

    def __init__(self, *patterns: str) -> None:
        super().__init__(*patterns)
        self.patterns = patterns

    @property
    def pattern(self) -> str:
        return "|".join(f"(?:{pattern})" for pattern in self.patterns)
