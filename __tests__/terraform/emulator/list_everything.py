"""Prints, as a JSON list, everything of the account that could be a leftover: one "kind id" per thing.

usage: list_everything.py ENDPOINT REGION

The tagging API names a few kinds only, on AWS too, so each kind is listed by its own call.
"""

import json
import sys
from typing import Any, Callable

import boto3
from botocore.parsers import ResponseParserError

ENDPOINT, REGION = sys.argv[1:3]
ACCOUNT = "123456789012"

# service, operation, arguments, list in the answer, field of an item (None: the item itself)
KINDS: tuple[tuple[str, str, dict[str, Any], str, str | None], ...] = (
    ("autoscaling", "describe_auto_scaling_groups", {}, "AutoScalingGroups", "AutoScalingGroupName"),
    ("budgets", "describe_budgets", {"AccountId": ACCOUNT}, "Budgets", "BudgetName"),
    ("codebuild", "list_projects", {}, "projects", None),
    ("ec2", "describe_addresses", {}, "Addresses", "AllocationId"),
    ("ec2", "describe_internet_gateways", {}, "InternetGateways", "InternetGatewayId"),
    ("ec2", "describe_key_pairs", {}, "KeyPairs", "KeyPairId"),
    ("ec2", "describe_launch_templates", {}, "LaunchTemplates", "LaunchTemplateId"),
    ("ec2", "describe_nat_gateways", {}, "NatGateways", "NatGatewayId"),
    ("ec2", "describe_network_interfaces", {}, "NetworkInterfaces", "NetworkInterfaceId"),
    ("ec2", "describe_route_tables", {}, "RouteTables", "RouteTableId"),
    ("ec2", "describe_security_groups", {}, "SecurityGroups", "GroupId"),
    ("ec2", "describe_snapshots", {"OwnerIds": ["self"]}, "Snapshots", "SnapshotId"),
    ("ec2", "describe_subnets", {}, "Subnets", "SubnetId"),
    ("ec2", "describe_volumes", {}, "Volumes", "VolumeId"),
    ("ec2", "describe_vpcs", {}, "Vpcs", "VpcId"),
    ("ecr", "describe_repositories", {}, "repositories", "repositoryName"),
    ("eks", "list_clusters", {}, "clusters", None),
    ("elbv2", "describe_load_balancers", {}, "LoadBalancers", "LoadBalancerArn"),
    ("elbv2", "describe_target_groups", {}, "TargetGroups", "TargetGroupArn"),
    ("events", "list_rules", {}, "Rules", "Name"),
    ("glue", "get_databases", {}, "DatabaseList", "Name"),
    ("iam", "list_instance_profiles", {}, "InstanceProfiles", "InstanceProfileName"),
    ("iam", "list_open_id_connect_providers", {}, "OpenIDConnectProviderList", "Arn"),
    ("iam", "list_policies", {"Scope": "Local"}, "Policies", "PolicyName"),
    ("iam", "list_roles", {}, "Roles", "RoleName"),
    ("iam", "list_users", {}, "Users", "UserName"),
    ("kms", "list_aliases", {}, "Aliases", "AliasName"),
    ("lambda", "list_functions", {}, "Functions", "FunctionName"),
    ("logs", "describe_log_groups", {}, "logGroups", "logGroupName"),
    ("s3", "list_buckets", {}, "Buckets", "Name"),
    ("scheduler", "list_schedule_groups", {}, "ScheduleGroups", "Name"),
    ("scheduler", "list_schedules", {}, "Schedules", "Name"),
    ("sns", "list_subscriptions", {}, "Subscriptions", "SubscriptionArn"),
    ("sns", "list_topics", {}, "Topics", "TopicArn"),
    ("sqs", "list_queues", {}, "QueueUrls", None),
    ("ssm", "describe_parameters", {}, "Parameters", "Name"),
)


def client(service: str) -> Any:
    return boto3.client(
        service, endpoint_url=ENDPOINT, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )


def pages(service: str, operation: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    connection = client(service)
    if connection.can_paginate(operation):
        return list(connection.get_paginator(operation).paginate(**arguments))
    return [getattr(connection, operation)(**arguments)]


def by_table(service: str, operation: str, arguments: dict[str, Any], key: str, field: str | None) -> list[str]:
    kind = f"{service}:{operation.split('_', 1)[1]}"
    items = [item for page in pages(service, operation, arguments) for item in page.get(key) or []]
    return [f"{kind} {item if field is None else item[field]}" for item in items]


def instances() -> list[str]:
    """AWS lists a terminated one for about an hour."""
    reservations = [one for page in pages("ec2", "describe_instances", {}) for one in page["Reservations"]]
    found = [instance for one in reservations for instance in one["Instances"]]
    return [f"ec2:instances {one['InstanceId']}" for one in found if one["State"]["Name"] != "terminated"]


def endpoints() -> list[str]:
    found = [endpoint for page in pages("ec2", "describe_vpc_endpoints", {}) for endpoint in page["VpcEndpoints"]]
    return [f"ec2:vpc_endpoints {one['VpcEndpointId']}" for one in found if one["State"].lower() != "deleted"]


def keys() -> list[str]:
    """A key that waits for its deletion cannot be deleted sooner."""
    kms = client("kms")
    ids = [key["KeyId"] for page in pages("kms", "list_keys", {}) for key in page["Keys"]]
    states = {key: kms.describe_key(KeyId=key)["KeyMetadata"] for key in ids}
    ours = {key: state for key, state in states.items() if state.get("KeyManager") != "AWS"}
    return [f"kms:keys {key}" for key, state in ours.items() if state["KeyState"] != "PendingDeletion"]


def tagged() -> list[str]:
    found = pages("resourcegroupstaggingapi", "get_resources", {})
    arns = [item["ResourceARN"] for page in found for item in page["ResourceTagMappingList"] if item["Tags"]]
    return [f"tagged {arn}" for arn in arns if ":instance/" not in arn and ":key/" not in arn]


def listed(list_kind: Callable[[], list[str]]) -> list[str]:
    """The SDK tries again after a server's error, but not where its body is the emulator's HTML page."""
    try:
        return list_kind()
    except ResponseParserError as problem:
        print(f"listed a second time, after: {problem}", file=sys.stderr)
        return list_kind()


def main() -> None:
    table: list[Callable[[], list[str]]] = [lambda row=row: by_table(*row) for row in KINDS]
    lists = [listed(list_kind) for list_kind in [*table, instances, endpoints, keys, tagged]]
    print(json.dumps(sorted(entry for entries in lists for entry in entries)))


main()
