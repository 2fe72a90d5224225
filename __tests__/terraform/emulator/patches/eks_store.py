"""What the EKS patches share: a place on moto's backend that its reset empties, and errors as EKS words them."""

from typing import Any

from moto.eks.exceptions import ResourceInUseException, ResourceNotFoundException
from moto.eks.models import EKSBackend
from moto.eks.responses import EKSResponse


def table(backend: EKSBackend, name: str) -> dict[Any, dict[str, Any]]:
    """A table of one kind of resource; it lives and is reset with the backend."""
    return backend.__dict__.setdefault(f"_patched_{name}", {})


def cluster_name(response: EKSResponse) -> str:
    """The cluster that a request's path names; an unknown one is refused as by EKS."""
    name = response.uri_match["name"]
    response.eks_backend.describe_cluster(name=name)
    return name


def path_label(response: EKSResponse, label: str) -> str:
    return response.uri_match[label]


def found(rows: dict[Any, dict[str, Any]], key: Any, what: str) -> dict[str, Any]:
    if key not in rows:
        raise ResourceNotFoundException(message=f"No {what} found for: {key[-1]}.")
    return rows[key]


def refuse_second(rows: dict[Any, dict[str, Any]], key: Any, what: str) -> None:
    if key in rows:
        raise ResourceInUseException(message=f"The {what} already exists: {key[-1]}.")


def arn(backend: EKSBackend, rest: str) -> str:
    return f"arn:aws:eks:{backend.region_name}:{backend.account_id}:{rest}"
