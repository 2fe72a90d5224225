"""Texts that Daft runs instead of the suite's, one file a query.

The first lines of a file are comments: `reason` (why the suite's own text cannot be run), `of` (SHA-256 of the suite's
text, white space drawn together: another text of the same query is never replaced), `numeric` (`decimal`: only where
money columns are decimals), and `rounded` (why the answer is not exact, where it is not).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Optional

_FOLDER = Path(__file__).resolve().parent / "rewrites"
_HEADER = re.compile(r"^-- (\w+): (.+)$")


@dataclass(frozen=True)
class Rewrite:
    reason: str
    of: str
    numeric: Optional[str]
    rounded: Optional[str]
    text: str


class Rewrites:
    """Those that apply to a dataset's tables."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]], folder: Path = _FOLDER) -> None:
        types = {column["type"] for table in tables.values() for column in table["columns"]}
        self._numeric = "double" if "DOUBLE" in types else "decimal"
        self._of_query = {path.stem.upper(): parse(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("q*.sql"))}

    def of(self, query: str, text: str) -> Optional[Rewrite]:
        """None where the text is run as it is."""
        found = self._of_query.get(f"Q{int(query[1:]):02d}")
        if found is None or found.numeric not in (None, self._numeric) or found.of != fingerprint(text):
            return None
        return found

    def precision(self, query: str, rewrite: Optional[Rewrite]) -> tuple[str, Optional[str]]:
        """What the answer can promise, and why no more."""
        if self._numeric == "double":
            return "double", "the money and quantity columns of this dataset are DOUBLE"
        if rewrite is not None and rewrite.rounded is not None:
            return "rounded", rewrite.rounded
        return "exact", None


def parse(content: str) -> Rewrite:
    header: dict[str, str] = {}
    lines = content.splitlines()
    while lines and (found := _HEADER.match(lines[0])):
        header[found[1]] = found[2]
        lines.pop(0)
    return Rewrite(header["reason"], header["of"], header.get("numeric"), header.get("rounded"), "\n".join(lines).strip())


def fingerprint(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
