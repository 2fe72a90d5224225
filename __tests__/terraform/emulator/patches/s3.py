"""S3: moto judges a bucket policy without its conditions, and stumbles over delete markers."""

import json
from typing import Any, Callable

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket, FakeDeleteMarker

from .wrap import wrap


def apply() -> None:
    wrap(FakeBucket, "get_permission", get_permission)
    # Emptying a bucket whose versioning was suspended fails without it.
    FakeDeleteMarker.dispose = lambda self, garbage=False: None


def get_permission(original: Callable[..., Any], self: FakeBucket, action: str, resource: str) -> Any:
    """A Deny of plain http (aws:SecureTransport) must not lock out the emulator's own callers, who use it."""
    if self.policy is None:
        return original(self, action, resource)
    document = json.loads(self.policy.decode())
    statements = document.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    judged = [statement for statement in statements if "Condition" not in statement]
    if len(judged) == len(statements):
        return original(self, action, resource)
    if not judged:
        return PermissionResult.NEUTRAL
    return IAMPolicy(json.dumps({**document, "Statement": judged})).is_action_permitted(action, resource)
