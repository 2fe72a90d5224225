"""Calls to the process that measures: HTTP, over a Unix socket where both are on one machine."""

from __future__ import annotations

import http.client
import json
import random
import socket
import time
import urllib.parse
from typing import Any, Mapping, Optional

GIVE_UP_AFTER_S = 180.0


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
