"""The process of a driver program: its log, its cores, and its end."""

from __future__ import annotations

import os
import select
import signal
import sys
from typing import Optional


def log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


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
    select.select([0, alive_read], [], [])
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os._exit(0)
