"""What processes of this machine use, as the system accounts for them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable, Optional

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    cpu_ms: float
    """Through read calls, from a file or a pipe; None where the system does not tell."""
    bytes_read: Optional[int]

    def since(self, before: Optional["Usage"]) -> "Usage":
        if before is None:
            return self
        read = None if self.bytes_read is None or before.bytes_read is None else max(0, self.bytes_read - before.bytes_read)
        return Usage(max(0.0, self.cpu_ms - before.cpu_ms), read)


def usage(pids: Iterable[int]) -> Usage:
    """Of all together; who is gone counts nothing."""
    cpu_ms = 0.0
    bytes_read: Optional[int] = 0
    for pid in pids:
        stat = _read(pid, "stat")
        if stat is None:
            continue
        # After the name, which may hold spaces: state, ppid, … utime and stime are the 12th and 13th.
        fields = stat.rsplit(")", 1)[1].split()
        cpu_ms += (int(fields[11]) + int(fields[12])) * 1000 / _TICKS
        io = _read(pid, "io")
        bytes_read = None if io is None or bytes_read is None else bytes_read + _number(io, "rchar:")
    return Usage(cpu_ms, bytes_read)


def resident_bytes(pids: Iterable[int]) -> int:
    """Memory of their own: pages that they share, such as an object store, are not counted."""
    total = 0
    for pid in pids:
        status = _read(pid, "status")
        if status is not None:
            total += _number(status, "RssAnon:") * 1024
    return total


def named(is_wanted: Callable[[str], bool]) -> list[int]:
    """Numbers of the processes whose command line is wanted."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            command = _read(int(entry.name), "cmdline")
            if command is not None and is_wanted(command.replace("\0", " ").strip()):
                found.append(int(entry.name))
    return found


def _read(pid: int, name: str) -> Optional[str]:
    try:
        return Path("/proc", str(pid), name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _number(text: str, key: str) -> int:
    for line in text.splitlines():
        if line.startswith(key):
            return int(line.split()[1])
    return 0
