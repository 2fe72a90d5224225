"""EKS clusters and node groups: fields that moto takes and forgets, and what EKS makes beside a cluster."""

from typing import Any, Callable

import moto.eks.models as models
import moto.eks.urls as urls
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.eks.models import EKSBackend
from moto.eks.responses import EKSResponse

from .eks_store import path_label, table
from .wrap import wrap


def apply() -> None:
    # moto has no paths for add-ons, access entries, updates: its dispatcher finds the operation by itself.
    urls.url_paths["{0}/clusters/(?P<name>[^/]+)/(?P<rest>.+)$"] = urls.response.dispatch
    # A remote access that nobody asked for makes Terraform replace every node group.
    models.DEFAULT_REMOTE_ACCESS = None
    wrap(EKSResponse, "create_cluster", create_cluster)
    wrap(EKSResponse, "create_nodegroup", create_nodegroup)
    wrap(EKSBackend, "delete_cluster", delete_cluster)
    wrap(EKSBackend, "tag_resource", tag_resource)
    EKSResponse.describe_update = describe_update
    EKSResponse.update_nodegroup_version = update_nodegroup_version


def create_cluster(original: Callable[..., Any], self: EKSResponse) -> Any:
    result = original(self)
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    # Dropped by moto, so that a second plan wants to replace the cluster.
    access = self._get_param("accessConfig") or {}
    cluster.access_config = {"authenticationMode": access.get("authenticationMode", "CONFIG_MAP")}
    cluster.upgrade_policy = self._get_param("upgradePolicy") or {"supportType": "EXTENDED"}
    make_cluster_group(self, cluster)
    return result


def make_cluster_group(response: EKSResponse, cluster: Any) -> None:
    """EKS makes a security group for control plane and nodes; moto answers with none."""
    network = cluster.resources_vpc_config
    ec2 = ec2_backends[response.current_account][response.region]
    subnets = ec2.describe_subnets(subnet_ids=list(network.get("subnetIds", [])))
    if not subnets:
        return
    name = f"eks-cluster-sg-{cluster.name}"
    tags = {"aws:eks:cluster-name": cluster.name, "Name": name}
    group = ec2.create_security_group(name, "EKS created security group", vpc_id=subnets[0].vpc_id, tags=tags)
    network["clusterSecurityGroupId"] = group.id
    network["vpcId"] = subnets[0].vpc_id
    table(response.eks_backend, "cluster_groups")[cluster.name] = {"id": group.id}


def delete_cluster(original: Callable[..., Any], self: EKSBackend, name: str) -> Any:
    result = original(self, name)
    group = table(self, "cluster_groups").pop(name, None)
    if group:
        ec2_backends[self.account_id][self.region_name].delete_security_group(group_id=group["id"])
    for kind in ("addons", "entries"):
        rows = table(self, kind)
        for key in [key for key in rows if key[0] == name]:
            del rows[key]
    return result


def create_nodegroup(original: Callable[..., Any], self: EKSResponse) -> Any:
    result = original(self)
    group = self.eks_backend.describe_nodegroup(
        cluster_name=path_label(self, "name"), nodegroup_name=self._get_param("nodegroupName")
    )
    group.update_config = self._get_param("updateConfig") or {"maxUnavailable": 1}
    return result


def tag_resource(original: Callable[..., Any], self: EKSBackend, resource_arn: str, tags: dict[str, str]) -> Any:
    """moto knows the ARNs of clusters and node groups alone."""
    for row in [*table(self, "addons").values(), *table(self, "entries").values()]:
        if resource_arn in (row.get("addonArn"), row.get("accessEntryArn")):
            row["tags"] = {**row["tags"], **tags}
            return None
    return original(self, resource_arn, tags)


def describe_update(self: EKSResponse) -> ActionResult:
    """Every update is done at once here; Terraform asks for it until it is."""
    return ActionResult({"update": {"id": path_label(self, "updateId"), "status": "Successful", "errors": []}})


def update_nodegroup_version(self: EKSResponse) -> ActionResult:
    group = self.eks_backend.describe_nodegroup(
        cluster_name=path_label(self, "name"), nodegroup_name=path_label(self, "nodegroupName")
    )
    template = self._get_param("launchTemplate")
    if template:
        group.launch_template = {**group.launch_template, **template}
    return ActionResult({"update": {"id": "version", "status": "Successful", "type": "VersionUpdate", "errors": []}})
