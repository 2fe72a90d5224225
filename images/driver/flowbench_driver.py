"""What every driver program of flowbench shares: it takes queries from the process that measures, has the engine
answer them under one clock, and tells how that went.

The protocol is workloads/model/driver-protocol.ts. An engine's own program implements `Engine` and calls `drive`.
Only the standard library is used here.
"""

from __future__ import annotations

import argparse
import datetime
import http.client
import json
import os
import random
import signal
import socket
import sys
import threading
import time
import traceback
import urllib.parse
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Callable, Iterator, Mapping, Optional, Protocol, Sequence

TOKEN_VARIABLE = "FLOWBENCH_DRIVER_TOKEN"
NEXT_WAIT_S = 20.0
ALIVE_EVERY_S = 0.5
GIVE_UP_AFTER_S = 180.0
# How long a cancelled query may take until nothing of it runs any more.
QUIET_WITHIN_S = 9.0


# ---- What an engine implements -------------------------------------------------------------------------------------


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


# ---- Canonical text (workloads/model/typed-rows.ts) ----------------------------------------------------------------


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


# ---- Talking to the process that measures --------------------------------------------------------------------------


class CoordinatorLost(Exception):
    """Nobody answered for so long that nobody waits for an answer any more."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Calls:
    """Calls of one thread, over one connection that is opened again when it was lost."""

    def __init__(self, coordinator: str, token: str, give_up_after_s: float = GIVE_UP_AFTER_S) -> None:
        self._coordinator = coordinator
        self._token = token
        self._give_up_after_s = give_up_after_s
        self._connection: Optional[http.client.HTTPConnection] = None

    def post(self, path: str, body: Mapping[str, Any], wait_s: float = 0.0) -> tuple[int, Any]:
        """Status and decoded answer. Tries again, with jitter, while nobody answers or the answer is 5xx."""
        failing_since: Optional[float] = None
        delay_s = 0.05
        while True:
            try:
                status, content = self._once(path, json.dumps(body).encode(), wait_s)
                if status < 500:
                    return status, content
                problem = f"HTTP {status}"
            except (OSError, http.client.HTTPException) as error:
                problem = f"{type(error).__name__}: {error}"
            self._drop()
            now = time.monotonic()
            failing_since = now if failing_since is None else failing_since
            if now - failing_since > self._give_up_after_s:
                raise CoordinatorLost(f"{self._coordinator} did not answer {path} for {self._give_up_after_s:.0f} s ({problem})")
            time.sleep(delay_s * (0.5 + random.random()))
            delay_s = min(delay_s * 2, 5.0)

    def _once(self, path: str, body: bytes, wait_s: float) -> tuple[int, Any]:
        if self._connection is None:
            self._connection = self._connect(wait_s)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        self._connection.request("POST", path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, (json.loads(content) if content and answer.status == 200 else None)

    def _connect(self, wait_s: float) -> http.client.HTTPConnection:
        timeout = wait_s + 30.0
        if self._coordinator.startswith("unix:"):
            return _UnixConnection(self._coordinator[len("unix:"):], timeout)
        address = urllib.parse.urlsplit(self._coordinator)
        return http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=timeout)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


# ---- Carrying out orders -------------------------------------------------------------------------------------------


class _Watch:
    """While a query runs: says so, and carries the wish to cancel to the engine until it has stopped."""

    def __init__(self, session: Session, token: str, engine: Engine) -> None:
        self._session = session
        self._token = token
        self._engine = engine
        self.was_cancelled = False

    @contextmanager
    def over(self, order: Order) -> Iterator[None]:
        self.was_cancelled = False
        done = threading.Event()
        thread = threading.Thread(target=self._run, args=(order, done), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            # Not longer: it may be waiting for somebody who answers nobody, which the main thread notices itself.
            thread.join(1.0)

    def _run(self, order: Order, done: threading.Event) -> None:
        calls = Calls(self._session.coordinator, self._token, give_up_after_s=5.0)
        while not done.wait(ALIVE_EVERY_S):
            try:
                if not self.was_cancelled:
                    _, answer = calls.post("/v1/driver/alive", {"session_id": self._session.session_id, "order_id": order.order_id})
                    self.was_cancelled = bool(answer and answer.get("cancel"))
                if self.was_cancelled:
                    self._engine.cancel(order)
            except CoordinatorLost:
                continue
            except Exception as error:  # noqa: BLE001 - the engine may be gone; its own thread finds out
                log(f"cancelling {order.name} failed: {error}")


class _Driver:
    def __init__(self, session: Session, token: str, engine: Engine) -> None:
        self._session = session
        self._engine = engine
        self._calls = Calls(session.coordinator, token)
        self._watch = _Watch(session, token, engine)

    def greet(self) -> None:
        facts = self._engine.facts()
        hello = {
            "session_id": self._session.session_id,
            "engine_version": facts.engine_version,
            "label": facts.label,
            "open_stages": {"start_ms": facts.start_ms, "session_ms": facts.session_ms, "register_ms": facts.register_ms, "analyze_ms": facts.analyze_ms},
            "parity": {
                "nodes": facts.nodes, "threads_total": facts.threads_total, "memory_limit_bytes_total": facts.memory_limit_bytes_total,
                "parallelism": facts.parallelism, "scratch_free_bytes": free_bytes(self._session.scratch_dir),
            },
            "settings": dict(facts.settings),
            "result_cache": facts.result_cache,
            "pid": os.getpid(),
            "ui": facts.ui,
        }
        self._expect(self._calls.post("/v1/driver/hello", hello), 204)

    def serve(self) -> None:
        """Until told to end, or until the engine is lost."""
        while True:
            status, order = self._calls.post("/v1/driver/next", {"session_id": self._session.session_id}, NEXT_WAIT_S)
            if status == 410:
                return
            if status == 409:
                # Whoever measures was started anew and does not know this session yet.
                self.greet()
            elif status == 200:
                outcome = self.carry_out(Order(**order))
                self._expect(self._calls.post("/v1/driver/done", outcome), 204)
                if outcome.get("session_lost"):
                    raise RuntimeError(f"the engine is lost: {outcome['error']}")
            else:
                self._expect((status, order), 204)

    def carry_out(self, order: Order) -> dict[str, Any]:
        try:
            with self._watch.over(order):
                started = time.monotonic()
                answer = self._engine.answer(order)
                duration_ms = (time.monotonic() - started) * 1000
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the outcome of this query
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
            return self._failed(order, error)
        if self._watch.was_cancelled:
            return self._cancelled(order)
        account = self._account(order, answer)
        return {
            "status": "ok", "session_id": self._session.session_id, "order_id": order.order_id, "duration_ms": duration_ms,
            "columns": list(answer.columns), "rows": list(answer.rows), "rewrite": answer.rewrite,
            "precision": {"kind": answer.precision, "why": answer.why}, "trace_link": account.trace_link,
            "stats": {
                "engine_ms": account.engine_ms, "bytes_read": account.bytes_read, "bytes_exchanged": account.bytes_exchanged, "cpu_ms": account.cpu_ms,
                "peak_memory_bytes": account.peak_memory_bytes, "splits_per_node": account.splits_per_node, "nodes_used": account.nodes_used,
                "stages": dict(answer.stages),
            },
        }

    def _account(self, order: Order, answer: Answer) -> Account:
        try:
            return self._engine.account(order, answer)
        except Exception:  # noqa: BLE001 - the answer stands without its figures
            log(f"figures of {order.name} could not be had:\n{traceback.format_exc()}")
            return Account()

    def _failed(self, order: Order, error: BaseException) -> dict[str, Any]:
        failure = self._engine.failure(order, error)
        if self._watch.was_cancelled and not failure.session_lost:
            return self._cancelled(order)
        log(f"{order.name}: {failure.status}\n{''.join(traceback.format_exception(error))}")
        return self._outcome(order, failure)

    def _cancelled(self, order: Order) -> dict[str, Any]:
        """A cancelled query is over when the engine runs nothing of it any more."""
        asked = time.monotonic()
        while not self._is_quiet():
            if time.monotonic() - asked > QUIET_WITHIN_S:
                return self._outcome(order, Failure("infrastructure_error", f"{order.query} was cancelled and still runs {QUIET_WITHIN_S:.0f} s later.", session_lost=True))
            self._engine.cancel(order)
            time.sleep(0.02)
        return self._outcome(order, Failure("cancelled", "The engine runs nothing of it any more."))

    def _is_quiet(self) -> bool:
        try:
            return self._engine.is_quiet()
        except Exception as error:  # noqa: BLE001 - who cannot be asked is not known to be quiet
            log(f"the engine does not say what runs: {error}")
            return False

    def _outcome(self, order: Order, failure: Failure) -> dict[str, Any]:
        return {
            "status": failure.status, "session_id": self._session.session_id, "order_id": order.order_id,
            "error": failure.error, "trace_link": failure.trace_link, "session_lost": failure.session_lost,
        }

    @staticmethod
    def _expect(answer: tuple[int, Any], status: int) -> None:
        if answer[0] != status:
            raise RuntimeError(f"the coordinator answered HTTP {answer[0]} instead of {status}")


# ---- The process ---------------------------------------------------------------------------------------------------


def log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def one_line(text: str, limit: int = 400) -> str:
    """The first line that says something, not too long."""
    for line in text.splitlines():
        if line.strip():
            return line.strip()[:limit]
    return text[:limit]


def free_bytes(folder: str) -> Optional[int]:
    """What the file system has left for one who is not root."""
    try:
        stats = os.statvfs(folder)
    except OSError:
        return None
    return stats.f_bavail * stats.f_frsize


def pin_to_cores(count: int) -> int:
    """Keeps this process, and what it starts, to so many cores; gives how many it then has."""
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, set(allowed[:count]))
    return len(os.sched_getaffinity(0))


def guard() -> None:
    """Leaves a small process behind that ends this one's whole group when whoever started it, or this one itself, is
    gone, however that came about: standard input is a pipe that nobody else holds the other end of. It has a group
    of its own, so that it is at work also while this one is stopped.
    """
    alive_read, alive_write = os.pipe()
    group = os.getpgrp()
    if os.fork() != 0:
        os.close(alive_read)
        # Held until this process ends, by it alone: children do not inherit it.
        return
    os.close(alive_write)
    os.setpgid(0, 0)
    import select

    select.select([0, alive_read], [], [])
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os._exit(0)


def _load(path: str) -> Session:
    with open(path, encoding="utf-8") as file:
        return Session(**json.load(file))


def drive(open_engine: Callable[[Session], Engine]) -> None:
    """The main function of a driver program: ends the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--session", required=True, help="JSON file that says what to open")
    parser.add_argument("--guarded", action="store_true", help="end with the process at the other end of standard input")
    arguments = parser.parse_args()
    if arguments.guarded:
        guard()
    session = _load(arguments.session)
    token = os.environ.pop(TOKEN_VARIABLE, "")
    try:
        engine = open_engine(session)
    except Exception as error:  # noqa: BLE001 - told to whoever waits for the session
        log(traceback.format_exc())
        kind = error.kind if isinstance(error, OpenFailed) else "infrastructure_error"
        Calls(session.coordinator, token, 10.0).post("/v1/driver/failed", {"session_id": session.session_id, "kind": kind, "error": one_line(str(error)) or type(error).__name__})
        os._exit(1)
    code = 1
    try:
        driver = _Driver(session, token, engine)
        driver.greet()
        driver.serve()
        code = 0
        engine.close()
    except Exception:  # noqa: BLE001 - said in the log; the exit code says the rest
        log(traceback.format_exc())
    # Not sys.exit: threads of an engine that hangs would keep the process.
    sys.stdout.flush()
    os._exit(code)
