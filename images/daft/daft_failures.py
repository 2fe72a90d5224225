"""What Daft or Ray threw, as a status and one sentence."""

from __future__ import annotations

import re

from flowbench_engine import Failure, one_line

_MEMORY = re.compile(r"OutOfMemory|out of memory|running low on memory|memory pressure|Cannot allocate memory|memory allocation of \d+ bytes failed|OOM", re.IGNORECASE)
_DISK = re.compile(r"No space left on device|OutOfDisk|os error 28", re.IGNORECASE)
_UNSUPPORTED = re.compile(r"Unsupported SQL|not supported|not (yet )?implemented|NotImplemented|Cannot infer supertypes|castable to the same supertype|Outer reference columns cannot be bound", re.IGNORECASE)
_REFUSED = re.compile(r"AccessDenied|403|Forbidden|Unauthorized|InvalidAccessKeyId|SignatureDoesNotMatch")
# Daft does not say what S3 answered to a request that it does not know how to handle.
_UNSAID = re.compile(r"MiscTransient|unhandled error|ByteStreamError|SocketError", re.IGNORECASE)
_STORAGE = re.compile(r"NotFound|No such file|NoSuchKey|NoSuchBucket|Connection refused|ConnectTimeout|dispatch failure|Unable to open|FileNotFoundError")
_LOST = re.compile(r"ActorDied|ActorUnavailable|RaySystemError|WorkerCrashed|NodeDied|LocalRayletDied|RpcError|GCS|has died|No flotilla workers", re.IGNORECASE)


def failure_of(error: BaseException, session_lost: bool) -> Failure:
    text = f"{type(error).__name__}: {error}"
    cause = _cause(text)
    if _DISK.search(text):
        return Failure("out_of_disk", f"Daft's scratch is full: {cause}", session_lost)
    if _MEMORY.search(text):
        return Failure("out_of_memory", f"Daft ran out of memory: {cause}", session_lost)
    if session_lost or _LOST.search(text):
        return Failure("engine_error", f"Ray was lost in the middle of the query: {cause}", session_lost=True)
    if _UNSUPPORTED.search(text):
        return Failure("unsupported", f"Daft cannot express it: {cause}")
    if _REFUSED.search(text):
        return Failure("infrastructure_error", f"S3 refused: {cause}")
    if "s3://" in text and _UNSAID.search(text):
        return Failure("infrastructure_error", f"S3 refused, or failed (Daft does not tell which): {cause}")
    if _STORAGE.search(text):
        return Failure("infrastructure_error", f"The dataset cannot be read: {cause}")
    return Failure("engine_error", cause)


def _cause(text: str) -> str:
    """The line that says most: what Daft says something is due to, else what the innermost error says."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [found[1] for line in lines if (found := re.match(r"\d+: (.+)", line))]
    if numbered:
        return one_line(": ".join(numbered))
    due = [line for line in lines if re.match(r"(Due to|Caused by|DaftError)", line)]
    named = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
    return one_line((due or named or lines or [text])[-1])
