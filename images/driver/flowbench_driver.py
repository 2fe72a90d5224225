"""What every driver program of flowbench shares: it takes queries from the process that measures, has the engine
answer them under one clock, and tells how that went.

The protocol is workloads/model/driver-protocol.ts. An engine's own program implements `Engine` of flowbench_engine and
calls `drive`. Only the standard library is used here.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
import traceback
from contextlib import contextmanager
from typing import Any, Callable, Iterator

from flowbench_calls import Calls, CoordinatorLost
from flowbench_engine import Account, Answer, Engine, Failure, OpenFailed, Order, Session, one_line
from flowbench_process import free_bytes, guard, log

TOKEN_VARIABLE = "FLOWBENCH_DRIVER_TOKEN"
NEXT_WAIT_S = 20.0
ALIVE_EVERY_S = 0.5
# How long a cancelled query may take until nothing of it runs any more.
QUIET_WITHIN_S = 9.0


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
