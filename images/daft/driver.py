"""Answers queries with Daft: on Ray, as the job that `ray job submit` (or a RayJob) runs, or with Daft's native
runner in this very process.

Tables are the dataset's Parquet files, as the manifest lists them. A query that Daft cannot take as it is written is
run as the file of its number in `rewrites` has it, and says so.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any, Mapping, Optional, Protocol

sys.path.insert(0, os.environ.get("FLOWBENCH_DRIVER_PATH", str(Path(__file__).resolve().parent.parent / "driver")))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from flowbench_driver import drive  # noqa: E402
from flowbench_engine import Account, Answer, Facts, Failure, OpenFailed, Order, Session  # noqa: E402
from flowbench_process import pin_to_cores  # noqa: E402
from daft_failures import failure_of  # noqa: E402
from daft_rewrites import Rewrites  # noqa: E402
from daft_tables import columns_of, execution_settings, register, texts_of  # noqa: E402
from interruptible import Interrupted, Interruptible, MemoryExceeded  # noqa: E402


class Runner(Protocol):
    """What the two ways of running Daft differ in."""

    start_ms: Optional[float]

    def facts(self) -> Mapping[str, Any]:
        """Fields of `Facts` that only it knows."""

    def begin(self) -> None:
        """Just before the clock: what figures are counted from."""

    def account(self) -> Mapping[str, Any]:
        """Fields of `Account` since `begin`."""

    def was_interrupted(self) -> bool:
        """Whether Daft was told to stop since `begin`: its rows may then not be all."""

    def resident_bytes(self) -> int:
        """Held by what executes queries."""

    def stop_query(self) -> None: ...

    def is_quiet(self) -> bool: ...

    def is_alive(self) -> bool:
        """Whether it could take another query."""

    def close(self) -> None: ...


class DaftEngine:
    """One session for a whole run; queries are timed in it one after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        started = time.monotonic()
        self._pinned = pin_to_cores(session.threads) if session.options.get("pin_cores") == "true" else None
        self._runner = _open_runner(session)
        import daft

        self._daft = daft
        self._settings = execution_settings(session.options)
        opened = time.monotonic()
        self._session_ms = (opened - started) * 1000
        self._tables = {table: register(daft, session, table) for table in session.tables}
        self._register_ms = (time.monotonic() - opened) * 1000
        self._rewrites = Rewrites(session.tables)
        self._interruptible = Interruptible(lambda: self._runner.resident_bytes(), _watched_bytes(session))
        self._frame: Any = None

    # ---- What it is

    def facts(self) -> Facts:
        kept = len(self._daft.runners.get_or_create_runner()._part_set_cache.get_all_partition_sets())
        runner = self._runner.facts()
        settings = {**self._settings, **runner["settings"]}
        if self._pinned is not None:
            settings["cpu affinity"] = f"{self._pinned} cores"
        watched = _watched_bytes(self._session)
        settings["memory limit"] = (
            "none of Daft's own" if watched is None else f"none of Daft's own: a query is ended when what executes it holds more than {watched} bytes"
        )
        return Facts(
            engine_version=self._daft.__version__,
            result_cache=f"Each text is planned anew over tables that are never collected; Daft keeps {kept} results.",
            session_ms=self._session_ms,
            register_ms=self._register_ms,
            **{**runner, "settings": settings},
        )

    # ---- Answering

    def answer(self, order: Order) -> Answer:
        self._runner.begin()
        answer = self._interruptible.run(lambda: self._answered(order))
        if self._runner.was_interrupted():
            raise Interrupted("Daft was interrupted, and what it gives may not be all.")
        return answer

    def _answered(self, order: Order) -> Answer:
        begun = time.monotonic()
        rewrite = self._rewrites.of(order.query, order.text)
        frame = self._daft.sql(order.text if rewrite is None else rewrite.text, register_globals=False, **self._tables)
        planned = time.monotonic()
        table = frame.to_arrow()
        collected = time.monotonic()
        columns = columns_of(table)
        rows = texts_of(columns, table)
        decoded = time.monotonic()
        self._frame = frame
        precision = self._rewrites.precision(order.query, rewrite)
        return Answer(
            columns=columns,
            rows=rows,
            stages={"plan_ms": (planned - begun) * 1000, "scan_ms": (collected - planned) * 1000, "fetch_ms": (decoded - collected) * 1000},
            rewrite=None if rewrite is None else rewrite.reason,
            precision=precision[0],
            why=precision[1],
        )

    def cancel(self, order: Order) -> None:
        self._interruptible.interrupt()
        self._runner.stop_query()

    def is_quiet(self) -> bool:
        return not self._interruptible.is_running() and self._runner.is_quiet()

    def failure(self, order: Order, error: BaseException) -> Failure:
        if isinstance(error, MemoryExceeded):
            # What holds the memory may not let go of it: the session ends with it.
            self._runner.stop_query()
            return Failure("out_of_memory", str(error), session_lost=True)
        return failure_of(error, session_lost=not self._runner.is_alive())

    # ---- What it took

    def account(self, order: Order, answer: Answer) -> Account:
        return Account(**self._runner.account(), trace_link=self._keep_plan(order))

    def _keep_plan(self, order: Order) -> Optional[str]:
        folder = self._session.artifacts_dir
        if folder is None or self._frame is None:
            return None
        name = f"{order.name}.plan.txt"
        with open(Path(folder, name), "w", encoding="utf-8") as file:
            self._frame.explain(True, file=file)
        return name

    def close(self) -> None:
        self._runner.close()


def _open_runner(session: Session) -> Runner:
    name = session.options.get("runner")
    try:
        if name == "native":
            from native_runner import NativeRunner

            return NativeRunner(session)
        if name == "ray":
            from ray_runner import RayRunner

            return RayRunner(session)
    except ImportError as error:
        raise OpenFailed("engine_unavailable", f"Daft cannot be imported: {error}.") from error
    raise OpenFailed("infrastructure_error", f'There is no runner "{name}" of Daft.')


def _watched_bytes(session: Session) -> Optional[int]:
    """What may be held at most; where pods have limits of their own nothing is watched here."""
    text = session.options.get("watch_memory_bytes")
    return None if text is None else int(text)


if __name__ == "__main__":
    drive(DaftEngine)
