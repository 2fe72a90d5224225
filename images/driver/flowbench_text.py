"""Canonical text of values, as workloads/model/typed-rows.ts has it."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, Callable, Mapping, Optional, Sequence


def decimal_text(value: Decimal, scale: int) -> str:
    """Plain notation with exactly so many digits after the point."""
    return f"{value:.{scale}f}"


def double_text(value: float) -> str:
    """The shortest form that reads back equal, without an exponent where it is of everyday size."""
    if value != value or value in (float("inf"), float("-inf")):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    text = repr(value)
    if "e" in text and 1e-6 <= abs(value) < 1e21:
        text = format(Decimal(text), "f")
    # Python writes at least two digits of an exponent.
    text = text.replace("e-0", "e-")
    return text[:-2] if text.endswith(".0") else text


def _date_text(value: Any) -> str:
    return value.date().isoformat() if isinstance(value, datetime.datetime) else value.isoformat()


def text_of(kind: Mapping[str, Any]) -> Callable[[Any], Optional[str]]:
    """A function that gives the canonical text of a column's values; made once a column."""
    name = kind["kind"]
    if name == "decimal":
        scale = int(kind["scale"])
        plain: Callable[[Any], str] = lambda value: f"{value:.{scale}f}"
    elif name == "double":
        plain = double_text
    elif name == "date":
        plain = _date_text
    elif name == "boolean":
        plain = lambda value: "true" if value else "false"
    else:
        plain = str
    return lambda value: None if value is None else plain(value)


def texts_of(columns: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[Any]]) -> list[list[Optional[str]]]:
    """Rows of values as rows of canonical text."""
    makers = [text_of(column["type"]) for column in columns]
    return [[make(value) for make, value in zip(makers, row)] for row in rows]
