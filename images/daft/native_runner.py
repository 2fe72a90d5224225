"""Daft's native runner: the queries run in this process."""

from __future__ import annotations

import os
import signal
import time
from typing import Any, Mapping, Optional

from flowbench_engine import Session
import processes

# Threads that wait wake up now and then; a query at work takes much more.
QUIET_CPU_SHARE = 0.2
QUIET_OVER_S = 0.1


class NativeRunner:
    start_ms: Optional[float] = None

    def __init__(self, session: Session) -> None:
        self._session = session
        self._was_interrupted = False
        # Daft ends what it executes when the process is interrupted, and gives the rows it has by then as if they were all.
        signal.signal(signal.SIGINT, self._note_interrupt)
        import daft

        daft.set_runner_native(num_threads=session.threads)
        self._daft = daft
        daft.from_pydict({"one": [1]}).collect()
        self._from: Optional[processes.Usage] = None

    def facts(self) -> Mapping[str, Any]:
        cores = len(os.sched_getaffinity(0))
        return {
            "label": f"Daft {self._daft.__version__} (native)",
            "nodes": 1,
            "threads_total": min(cores, self._session.threads),
            "memory_limit_bytes_total": self._session.memory_bytes,
            "parallelism": self._session.threads,
            "settings": {"runner": "native", "num_threads": str(self._session.threads)},
        }

    def _note_interrupt(self, *_: Any) -> None:
        self._was_interrupted = True

    def was_interrupted(self) -> bool:
        return self._was_interrupted

    def begin(self) -> None:
        self._was_interrupted = False
        self._from = processes.usage([os.getpid()])

    def account(self) -> Mapping[str, Any]:
        used = processes.usage([os.getpid()]).since(self._from)
        # What comes over a socket is not counted by the system.
        is_local = self._session.s3 is None
        return {"cpu_ms": used.cpu_ms, "bytes_read": used.bytes_read if is_local else None, "nodes_used": 1}

    def resident_bytes(self) -> int:
        return processes.resident_bytes([os.getpid()])

    def stop_query(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    def is_quiet(self) -> bool:
        before = processes.usage([os.getpid()])
        time.sleep(QUIET_OVER_S)
        used = processes.usage([os.getpid()]).since(before)
        return used.cpu_ms < QUIET_OVER_S * 1000 * QUIET_CPU_SHARE

    def is_alive(self) -> bool:
        return True

    def close(self) -> None:
        """It ends with the process."""
