"""Budgets: subscribers of a notification and tags, both of which moto keeps from its caller."""

import json
from typing import Any, Callable

from moto.budgets.responses import BudgetsResponse

from .wrap import wrap

SAME_NOTIFICATION = ("NotificationType", "ComparisonOperator", "Threshold")


def apply() -> None:
    BudgetsResponse.describe_subscribers_for_notification = describe_subscribers_for_notification
    BudgetsResponse.list_tags_for_resource = list_tags_for_resource
    BudgetsResponse.tag_resource = tag_resource
    wrap(BudgetsResponse, "create_budget", create_budget)
    wrap(BudgetsResponse, "delete_budget", delete_budget)


def describe_subscribers_for_notification(self: BudgetsResponse) -> str:
    wanted = self._get_param("Notification")
    budget = self.backend.budgets[self._get_param("AccountId")].get(self._get_param("BudgetName"))
    for notification in budget.notifications if budget else []:
        if all(notification.details.get(field) == wanted.get(field) for field in SAME_NOTIFICATION):
            return json.dumps({"Subscribers": notification.subscribers})
    return json.dumps({"Subscribers": []})


def all_tags(self: BudgetsResponse) -> dict[str, list[dict[str, str]]]:
    return self.backend.__dict__.setdefault("_patched_tags", {})


def budget_arn(account: str, name: str) -> str:
    return f"arn:aws:budgets::{account}:budget/{name}"


def create_budget(original: Callable[..., Any], self: BudgetsResponse) -> Any:
    result = original(self)
    name = budget_arn(self._get_param("AccountId"), self._get_param("Budget")["BudgetName"])
    all_tags(self)[name] = self._get_param("ResourceTags") or []
    return result


def delete_budget(original: Callable[..., Any], self: BudgetsResponse) -> Any:
    result = original(self)
    all_tags(self).pop(budget_arn(self._get_param("AccountId"), self._get_param("BudgetName")), None)
    return result


def list_tags_for_resource(self: BudgetsResponse) -> str:
    return json.dumps({"ResourceTags": all_tags(self).get(self._get_param("ResourceARN"), [])})


def tag_resource(self: BudgetsResponse) -> str:
    name, added = self._get_param("ResourceARN"), self._get_param("ResourceTags") or []
    replaced = {tag["Key"] for tag in added}
    kept = [tag for tag in all_tags(self).get(name, []) if tag["Key"] not in replaced]
    all_tags(self)[name] = kept + added
    return json.dumps({})
