"""Lets a query that does not listen be given up: it runs in a thread of its own, while the main one waits."""

from __future__ import annotations

import threading
from typing import Callable, Optional, TypeVar

T = TypeVar("T")

WATCH_EVERY_S = 0.1


class Interrupted(Exception):
    """The query was given up; its thread may not know yet."""


class MemoryExceeded(Exception):
    """The query held more memory than the session has."""


class Interruptible:
    """`limit_bytes` is what `resident_bytes` may give at most while a query runs; None for whatever it wants."""

    def __init__(self, resident_bytes: Callable[[], int], limit_bytes: Optional[int]) -> None:
        self._resident_bytes = resident_bytes
        self._limit_bytes = limit_bytes
        self._woken = threading.Condition()
        self._interrupted = False
        self._thread: Optional[threading.Thread] = None

    def run(self, work: Callable[[], T]) -> T:
        """What `work` gives or throws, at once; or `Interrupted`, or `MemoryExceeded`."""
        result: list[T] = []
        error: list[BaseException] = []
        finished = threading.Event()

        def carry_out() -> None:
            try:
                result.append(work())
            except BaseException as caught:  # noqa: BLE001 - thrown again by who waits
                error.append(caught)
            with self._woken:
                finished.set()
                self._woken.notify_all()

        self._interrupted = False
        self._thread = threading.Thread(target=carry_out, daemon=True)
        self._thread.start()
        self._wait(finished)
        if error:
            raise error[0]
        return result[0]

    def _wait(self, finished: threading.Event) -> None:
        with self._woken:
            while not finished.is_set():
                if self._interrupted:
                    raise Interrupted("The query was given up.")
                if not self._woken.wait(WATCH_EVERY_S):
                    self._check_memory()

    def _check_memory(self) -> None:
        if self._limit_bytes is None:
            return
        held = self._resident_bytes()
        if held > self._limit_bytes:
            raise MemoryExceeded(f"Daft held {held} bytes for the query, where {self._limit_bytes} may be used: it was ended.")

    def interrupt(self) -> None:
        with self._woken:
            self._interrupted = True
            self._woken.notify_all()

    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()
