"""Glue: a deleted database goes on being listed by the tagging API, as if it were a leftover."""

from typing import Any, Callable

from moto.glue.models import GlueBackend

from .wrap import wrap


def apply() -> None:
    wrap(GlueBackend, "delete_database", delete_database)


def delete_database(original: Callable[..., Any], self: GlueBackend, database_name: str) -> Any:
    result = original(self, database_name)
    arn = f"arn:aws:glue:{self.region_name}:{self.account_id}:database/{database_name}"
    self.tagger.delete_all_tags_for_resource(arn)
    return result
