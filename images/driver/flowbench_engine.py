"""What a driver program knows of its engine: an engine's own program implements `Engine` and calls `drive` of
flowbench_driver. Only the standard library is used here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Protocol, Sequence


@dataclass(frozen=True)
class Session:
    """What the program was started with."""

    coordinator: str
    session_id: str
    dataset_uri: str
    dataset_id: str
    tables: Mapping[str, Mapping[str, Any]]
    s3: Optional[Mapping[str, Optional[str]]]
    threads: int
    memory_bytes: int
    scratch_dir: str
    artifacts_dir: Optional[str]
    options: Mapping[str, str]

    def files(self, table: str, scheme: str = "s3") -> list[str]:
        """Locations of a table's files; `scheme` is what the engine calls S3."""
        base = self.dataset_uri.rstrip("/")
        if base.startswith("s3://"):
            base = scheme + base[len("s3"):]
        return [f"{base}/{name}" for name in self.tables[table]["files"]]


@dataclass(frozen=True)
class Order:
    order_id: str
    query: str
    text: str
    repetition: int
    timeout_ms: float

    @property
    def name(self) -> str:
        """How files of it are called: `Q01-2`."""
        return f"{self.query[0]}{int(self.query[1:]):02d}-{self.repetition}"


@dataclass
class Facts:
    """What the live engine says of itself, once it is open."""

    engine_version: str
    label: str
    nodes: int
    threads_total: float
    memory_limit_bytes_total: int
    settings: Mapping[str, str]
    result_cache: str
    parallelism: Optional[int] = None
    start_ms: Optional[float] = None
    session_ms: Optional[float] = None
    register_ms: Optional[float] = None
    analyze_ms: Optional[float] = None
    ui: Optional[str] = None


@dataclass
class Answer:
    """Rows in canonical text; everything in it was made while the clock ran."""

    columns: Sequence[Mapping[str, Any]]
    rows: Sequence[Sequence[Optional[str]]]
    stages: Mapping[str, float] = field(default_factory=dict)
    rewrite: Optional[str] = None
    precision: str = "exact"
    why: Optional[str] = None


@dataclass
class Account:
    """What the engine tells of a query after the clock; None where it does not."""

    engine_ms: Optional[float] = None
    bytes_read: Optional[int] = None
    bytes_exchanged: Optional[int] = None
    cpu_ms: Optional[float] = None
    peak_memory_bytes: Optional[int] = None
    splits_per_node: Optional[list[int]] = None
    nodes_used: Optional[int] = None
    trace_link: Optional[str] = None


@dataclass
class Failure:
    """`status` is one of engine_error, out_of_memory, out_of_disk, unsupported, infrastructure_error."""

    status: str
    error: str
    session_lost: bool = False
    trace_link: Optional[str] = None


class OpenFailed(Exception):
    """The engine cannot be had as it was asked for: `engine_unavailable`, or `infrastructure_error` for anything else."""

    def __init__(self, kind: str, error: str) -> None:
        super().__init__(error)
        self.kind = kind


class Engine(Protocol):
    """An open session of an engine. `cancel` and `is_quiet` are called from a second thread."""

    def facts(self) -> Facts: ...

    def answer(self, order: Order) -> Answer:
        """Runs the text and decodes every row. All of it is timed."""

    def account(self, order: Order, answer: Answer) -> Account:
        """After the clock. What fails here costs the figures, not the answer."""

    def failure(self, order: Order, error: BaseException) -> Failure: ...

    def cancel(self, order: Order) -> None:
        """Asks the engine to stop what runs; called again until `answer` has come back."""

    def is_quiet(self) -> bool:
        """Whether nothing of any query runs on the engine."""

    def close(self) -> None: ...


def one_line(text: str, limit: int = 400) -> str:
    """The first line that says something, not too long."""
    for line in text.splitlines():
        if line.strip():
            return line.strip()[:limit]
    return text[:limit]
