"""EKS access entries and their policies, which moto answers with 404."""

import uuid
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.eks.responses import EKSResponse

from .eks_store import arn, cluster_name, found, path_label, refuse_second, table


def apply() -> None:
    for operation in (
        create_access_entry,
        describe_access_entry,
        update_access_entry,
        delete_access_entry,
        list_access_entries,
        associate_access_policy,
        disassociate_access_policy,
        list_associated_access_policies,
    ):
        setattr(EKSResponse, operation.__name__, operation)


def create_access_entry(self: EKSResponse) -> ActionResult:
    cluster, principal = cluster_name(self), self._get_param("principalArn")
    rows = table(self.eks_backend, "entries")
    refuse_second(rows, (cluster, principal), "access entry")
    name = principal.split("/")[-1]
    rows[cluster, principal] = {
        "clusterName": cluster,
        "principalArn": principal,
        "kubernetesGroups": self._get_param("kubernetesGroups") or [],
        "type": self._get_param("type") or "STANDARD",
        "username": self._get_param("username") or principal,
        "accessEntryArn": arn(self.eks_backend, f"access-entry/{cluster}/role/{self.current_account}/{name}/{uuid.uuid4()}"),
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "tags": self._get_param("tags") or {},
        "policies": {},
    }
    return ActionResult({"accessEntry": rows[cluster, principal]})


def named(self: EKSResponse) -> tuple[tuple[str, str], dict[str, Any]]:
    key = (cluster_name(self), path_label(self, "principalArn"))
    return key, found(table(self.eks_backend, "entries"), key, "access entry")


def describe_access_entry(self: EKSResponse) -> ActionResult:
    return ActionResult({"accessEntry": named(self)[1]})


def update_access_entry(self: EKSResponse) -> ActionResult:
    entry = named(self)[1]
    for field in ("kubernetesGroups", "username"):
        if self._get_param(field) is not None:
            entry[field] = self._get_param(field)
    return ActionResult({"accessEntry": entry})


def delete_access_entry(self: EKSResponse) -> EmptyResult:
    del table(self.eks_backend, "entries")[named(self)[0]]
    return EmptyResult()


def list_access_entries(self: EKSResponse) -> ActionResult:
    cluster = cluster_name(self)
    rows = table(self.eks_backend, "entries")
    return ActionResult({"accessEntries": [principal for owner, principal in rows if owner == cluster]})


def associate_access_policy(self: EKSResponse) -> ActionResult:
    (cluster, principal), entry = named(self)
    policy = {
        "policyArn": self._get_param("policyArn"),
        "accessScope": {"namespaces": [], **self._get_param("accessScope")},
        "associatedAt": utcnow(),
        "modifiedAt": utcnow(),
    }
    entry["policies"][policy["policyArn"]] = policy
    return ActionResult({"clusterName": cluster, "principalArn": principal, "associatedAccessPolicy": policy})


def disassociate_access_policy(self: EKSResponse) -> EmptyResult:
    named(self)[1]["policies"].pop(path_label(self, "policyArn"), None)
    return EmptyResult()


def list_associated_access_policies(self: EKSResponse) -> ActionResult:
    (cluster, principal), entry = named(self)
    policies = list(entry["policies"].values())
    return ActionResult({"clusterName": cluster, "principalArn": principal, "associatedAccessPolicies": policies})
