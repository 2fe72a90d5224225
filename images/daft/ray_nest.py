"""Runs a Ray head of one machine with the job it is for, as the first process of namespaces of its own.

Ray listens on every address of the machine, whatever it is told. Here there is only a loopback interface that nobody
else sees: `unshare --net --pid --fork --kill-child --mount-proc python ray_nest.py --plan FILE -- ENTRYPOINT…` starts it.
When this process ends, however that comes about, the system ends everything else in the namespace; it ends when its
standard input closes, when its job has ended, or when the head is lost.

Only the standard library is used here.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any, Mapping, Sequence

from bridge import serve_bridge

# Below the ports that the system gives away, and clear of those that Ray takes for its workers by itself.
PORTS = {
    "port": 6379, "ray-client-server-port": 10001, "dashboard-port": 8265, "dashboard-agent-listen-port": 9001, "dashboard-agent-grpc-port": 9002,
    "runtime-env-agent-port": 9003, "metrics-export-port": 9004, "node-manager-port": 9005, "object-manager-port": 9006,
    "min-worker-port": 20000, "max-worker-port": 20999,
}
HEAD_WITHIN_S = 120.0
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_MS_BIND = 4096
# Parts of a head that it cannot do without.
_VITAL = ("gcs_server", "raylet")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as interface:
        request = struct.pack("16sh14x", b"lo", 0)
        _, flags = struct.unpack("16sh14x", fcntl.ioctl(interface, _SIOCGIFFLAGS, request))
        fcntl.ioctl(interface, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def name_hosts(hosts: Sequence[str], folder: str) -> None:
    """Lets names that lead out of the namespace lead to its loopback, where a bridge listens."""
    others = [host for host in hosts if host not in ("127.0.0.1", "localhost")]
    if not others:
        return
    file = Path(folder, "hosts")
    file.write_text("127.0.0.1 localhost\n" + "".join(f"127.0.0.1 {host}\n" for host in others), encoding="utf-8")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(str(file).encode(), b"/etc/hosts", None, _MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), f"/etc/hosts cannot be replaced in the namespace: {os.strerror(ctypes.get_errno())}")


def start_head(ray: str, plan: Mapping[str, Any]) -> None:
    ports = [f"--{name}={port}" for name, port in PORTS.items()]
    subprocess.run(
        [
            ray, "start", "--head", "--disable-usage-stats", "--node-ip-address=127.0.0.1", "--dashboard-host=127.0.0.1", *ports,
            f"--num-cpus={plan['cpus']}", "--num-gpus=0", f"--memory={plan['memory_bytes']}", f"--object-store-memory={plan['object_store_bytes']}",
            f"--temp-dir={plan['temp_dir']}", f"--object-spilling-directory={plan['spill_dir']}", "--include-log-monitor=false",
        ],
        stdin=subprocess.DEVNULL, stdout=sys.stderr, check=True, timeout=HEAD_WITHIN_S,
    )


def await_dashboard(address: str) -> None:
    """Jobs are submitted there; it comes up after the head."""
    give_up = time.monotonic() + HEAD_WITHIN_S
    while True:
        try:
            with urllib.request.urlopen(f"{address}/api/version", timeout=5):
                return
        except OSError as error:
            if time.monotonic() > give_up:
                raise TimeoutError(f"Ray takes no jobs: {error}") from error
            time.sleep(0.1)


def vital_processes() -> dict[int, str]:
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            name = Path(os.path.realpath(entry / "exe")).name
            if name in _VITAL:
                found[int(entry.name)] = name
    return found


def watch_input() -> None:
    """Whoever started this is gone when standard input closes."""
    select.select([0], [], [])
    os._exit(1)


def how_it_ended(status: int) -> str:
    return f"by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"with exit code {os.WEXITSTATUS(status)}"


def wait(job: subprocess.Popen[bytes], vital: Mapping[int, str]) -> int:
    """Takes in every process that ends, as the first of a namespace must; gives the job's exit code."""
    missing = [name for name in _VITAL if name not in vital.values()]
    if missing:
        say(f"Ray's head was lost: {missing[0]} is not there")
        return 1
    while True:
        pid, status = os.wait()
        if pid == job.pid:
            return os.waitstatus_to_exitcode(status)
        if pid in vital:
            say(f"Ray's head was lost: its {vital[pid]} ended {how_it_ended(status)}")
            return 1


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--plan", required=True, help="JSON file that says what the head is given")
    parser.add_argument("entrypoint", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    threading.Thread(target=watch_input, daemon=True).start()
    plan = json.loads(Path(arguments.plan).read_text(encoding="utf-8"))
    started = time.monotonic()
    bring_up_loopback()
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: plan["cpus"]]))
    name_hosts([host for one in plan["bridges"] for host in one["hosts"]], plan["temp_dir"])
    for one in plan["bridges"]:
        serve_bridge(one["port"], one["socket"])
    start_head(plan["ray"], plan)
    address = f"http://127.0.0.1:{PORTS['dashboard-port']}"
    await_dashboard(address)
    vital = vital_processes()
    Path(plan["started_file"]).write_text(str(round((time.monotonic() - started) * 1000)), encoding="utf-8")
    job = subprocess.Popen([plan["ray"], "job", "submit", "--address", address, *arguments.entrypoint], stdin=subprocess.DEVNULL)
    return wait(job, vital)


if __name__ == "__main__":
    try:
        code = main()
    except (OSError, subprocess.SubprocessError) as error:
        say(f"Ray did not start: {error}")
        code = 1
    os._exit(code)
