"""Daft's runner on Ray. Where Ray is, this job was started: a head of this machine's own, or a RayJob's cluster."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any, Mapping, Optional

from flowbench_engine import Session
import processes

QUIET_WITHIN_S = 5.0
# What executes queries, and what plans them; agents of Ray and workers without work are none of it.
_WORKERS = re.compile(r"^ray::(?!IDLE|JobSupervisor|DashboardAgent|RuntimeEnvAgent)")


class RayRunner:
    def __init__(self, session: Session) -> None:
        started = session.options.get("ray_started_file")
        self.start_ms: Optional[float] = None if started is None else float(Path(started).read_text(encoding="utf-8"))
        self._is_local = session.options.get("ray_is_local") == "true"
        self._is_folder = session.s3 is None
        self._from: Optional[processes.Usage] = None
        import daft
        import ray

        self._daft = daft
        self._ray = ray
        # Only one that is there: without an address Ray would start a head, which listens on every address.
        ray.init(address="auto", log_to_driver=False, logging_level="warning")
        daft.set_runner_ray(noop_if_initialized=True)
        self._warm_up()

    def _warm_up(self) -> None:
        """Daft starts what executes queries with the first of them: here, so that none of the suite pays for it."""
        self._daft.from_pydict({"one": [1]}).where("one = 1").collect()

    def facts(self) -> Mapping[str, Any]:
        given = self._ray.cluster_resources()
        nodes = [node for node in self._ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) > 0]
        return {
            "label": f"Daft {self._daft.__version__} on Ray {self._ray.__version__}",
            "nodes": len(nodes),
            "threads_total": given.get("CPU", 0),
            "memory_limit_bytes_total": int(given.get("memory", 0) + given.get("object_store_memory", 0)),
            "parallelism": int(given.get("CPU", 0)),
            "settings": {
                "runner": "ray",
                "ray": self._ray.__version__,
                "ray.memory": str(int(given.get("memory", 0))),
                "ray.object_store_memory": str(int(given.get("object_store_memory", 0))),
            },
            "start_ms": self.start_ms,
        }

    def begin(self) -> None:
        if self._is_local:
            self._from = processes.usage(self._workers())

    def account(self) -> Mapping[str, Any]:
        if not self._is_local:
            return {}
        used = processes.usage(self._workers()).since(self._from)
        # What comes over a socket is not counted by the system.
        return {"cpu_ms": used.cpu_ms, "bytes_read": used.bytes_read if self._is_folder else None, "nodes_used": 1}

    def was_interrupted(self) -> bool:
        return False

    def resident_bytes(self) -> int:
        return processes.resident_bytes(self._workers())

    def _workers(self) -> list[int]:
        return processes.named(lambda command: _WORKERS.match(command) is not None)

    def stop_query(self) -> None:
        """Ends the actor that plans, and with it those that execute, which it owns: Daft has no other way."""
        runner = self._daft.runners.get_or_create_runner()
        planner = runner.flotilla_plan_runner
        if planner is None:
            return
        runner.flotilla_plan_runner = None
        self._ray.kill(planner.runner)

    def is_quiet(self) -> bool:
        """Whether none of the actors is left; then new ones are started, as no query is to pay for that."""
        runner = self._daft.runners.get_or_create_runner()
        if runner.flotilla_plan_runner is not None:
            return True
        if self._living_actors() > 0:
            return False
        self._warm_up()
        return True

    def _living_actors(self) -> int:
        from ray.util.state import list_actors

        job = self._ray.get_runtime_context().get_job_id()
        found = list_actors(filters=[("job_id", "=", job)], timeout=10)
        return sum(1 for actor in found if actor.state != "DEAD" and actor.class_name in ("RaySwordfishActor", "RemoteFlotillaRunner"))

    def is_alive(self) -> bool:
        started = time.monotonic()
        try:
            nodes = [node for node in self._ray.nodes() if node["Alive"]]
        except Exception:  # noqa: BLE001 - who cannot be asked is not there
            return False
        return len(nodes) > 0 and time.monotonic() - started < QUIET_WITHIN_S

    def close(self) -> None:
        self._ray.shutdown()
