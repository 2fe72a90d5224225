"""EKS add-ons, which moto answers with 404."""

import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks.responses import EKSResponse

from .eks_store import arn, cluster_name, found, path_label, refuse_second, table

OPTIONAL_FIELDS = ("configurationValues", "serviceAccountRoleArn")


def apply() -> None:
    for operation in (create_addon, describe_addon, update_addon, delete_addon, list_addons):
        setattr(EKSResponse, operation.__name__, operation)


def create_addon(self: EKSResponse) -> ActionResult:
    cluster, name = cluster_name(self), self._get_param("addonName")
    rows = table(self.eks_backend, "addons")
    refuse_second(rows, (cluster, name), "add-on")
    rows[cluster, name] = {
        "addonName": name,
        "clusterName": cluster,
        "status": "ACTIVE",
        "addonVersion": self._get_param("addonVersion") or "v1.0.0-eksbuild.1",
        "health": {"issues": []},
        "addonArn": arn(self.eks_backend, f"addon/{cluster}/{name}/{uuid.uuid4()}"),
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "tags": self._get_param("tags") or {},
        **given(self),
    }
    return ActionResult({"addon": rows[cluster, name]})


def given(self: EKSResponse) -> dict[str, Any]:
    return {field: self._get_param(field) for field in OPTIONAL_FIELDS if self._get_param(field)}


def named(self: EKSResponse) -> tuple[tuple[str, str], dict[str, Any]]:
    key = (cluster_name(self), path_label(self, "addonName"))
    return key, found(table(self.eks_backend, "addons"), key, "add-on")


def describe_addon(self: EKSResponse) -> ActionResult:
    return ActionResult({"addon": named(self)[1]})


def update_addon(self: EKSResponse) -> ActionResult:
    addon = named(self)[1]
    addon.update(given(self))
    if self._get_param("addonVersion"):
        addon["addonVersion"] = self._get_param("addonVersion")
    return ActionResult({"update": {"id": "addon", "status": "Successful", "type": "AddonUpdate", "errors": []}})


def delete_addon(self: EKSResponse) -> ActionResult:
    key, addon = named(self)
    del table(self.eks_backend, "addons")[key]
    return ActionResult({"addon": {**addon, "status": "DELETING"}})


def list_addons(self: EKSResponse) -> ActionResult:
    cluster = cluster_name(self)
    return ActionResult({"addons": [name for owner, name in table(self.eks_backend, "addons") if owner == cluster]})
