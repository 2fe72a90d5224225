"""EC2: launch templates and instances as EC2 describes them."""

from typing import Any, Callable

from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplateVersion

from .wrap import wrap


def apply() -> None:
    wrap(LaunchTemplateVersion, "__init__", template_version)
    Instance.security_groups = property(groups_of, set_groups)


def template_version(original: Callable[..., Any], self: LaunchTemplateVersion, *args: Any, **kwargs: Any) -> None:
    """moto copies the template's own tags into its data, which a second plan then wants to take out."""
    original(self, *args, **kwargs)
    specifications = self.data.get("TagSpecifications")
    if specifications:
        self.data["TagSpecifications"] = [
            one for one in specifications if one.get("ResourceType") != "launch-template"
        ]


def groups_of(self: Instance) -> Any:
    """An instance started with a network interface has that interface's groups; moto lists none."""
    own = self.__dict__.get("_patched_groups")
    return own or [group for nic in getattr(self, "nics", {}).values() for group in nic._group_set]


def set_groups(self: Instance, groups: Any) -> None:
    self.__dict__["_patched_groups"] = groups
