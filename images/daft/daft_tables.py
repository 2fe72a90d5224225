"""Tables of a dataset as Daft reads them, and what comes back as canonical text."""

from __future__ import annotations

import json
import os
from typing import Any, Mapping, Optional, Sequence

from flowbench_engine import OpenFailed, Session, one_line
from flowbench_text import text_of

# How Daft writes the manifest's types.
_DAFT_TYPES = {"BIGINT": "Int64", "INTEGER": "Int32", "VARCHAR": "String", "DATE": "Date", "DOUBLE": "Float64"}
# Where Daft's own chain finds keys. Where it finds none it asks anonymously, which is never meant.
_KEY_SOURCES = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
_OPTION = "daft."


def execution_settings(options: Mapping[str, str]) -> dict[str, str]:
    """Sets what the options `daft.<setting>` say, as JSON; gives them back."""
    import daft

    chosen = {key: text for key, text in options.items() if key.startswith(_OPTION)}
    daft.context.set_execution_config(**{key[len(_OPTION):]: json.loads(text) for key, text in chosen.items()})
    return dict(chosen)


def register(daft: Any, session: Session, table: str) -> Any:
    """A table over exactly the manifest's files, whose types must be the manifest's."""
    try:
        frame = daft.read_parquet(session.files(table), io_config=_io_config(session))
    except Exception as error:
        raise OpenFailed("infrastructure_error", f"Daft cannot read {table}: {one_line(str(error))}") from error
    found = {field.name: str(field.dtype) for field in frame.schema()}
    expected = {one["name"]: _daft_type(one["type"]) for one in session.tables[table]["columns"]}
    if found != expected:
        wrong = [f"{name} is {found.get(name)} instead of {expected.get(name)}" for name in sorted({*found, *expected}) if found.get(name) != expected.get(name)]
        raise OpenFailed("infrastructure_error", f"Daft reads {table} otherwise than its manifest says: {'; '.join(wrong[:3])}.")
    return frame


def _daft_type(manifest_type: str) -> str:
    if manifest_type.startswith("DECIMAL"):
        precision, scale = manifest_type[len("DECIMAL("):-1].split(",")
        return f"Decimal[precision: {int(precision)}, scale: {int(scale)}]"
    return _DAFT_TYPES.get(manifest_type, manifest_type)


def _io_config(session: Session) -> Optional[Any]:
    """How S3 is reached: with keys, always."""
    s3 = session.s3
    if s3 is None:
        return None
    from daft.io import IOConfig, S3Config

    if s3["access_key_id"] is None and not any(os.environ.get(name) for name in _KEY_SOURCES):
        raise OpenFailed("engine_unavailable", f"There are no keys for S3 ({', '.join(_KEY_SOURCES)} are not set), and Daft would ask without any.")
    endpoint = s3["endpoint"]
    # Its own number of attempts is 25, which takes minutes where a server refuses connections.
    settings: dict[str, Any] = {"region_name": s3["region"], "anonymous": False, "num_tries": 5}
    if endpoint is not None:
        settings |= {"endpoint_url": endpoint, "use_ssl": endpoint.startswith("https"), "force_virtual_addressing": False}
    if s3["access_key_id"] is not None:
        settings |= {"key_id": s3["access_key_id"], "access_key": s3["secret_access_key"], "session_token": s3["session_token"]}
    return IOConfig(s3=S3Config(**settings))


def columns_of(table: Any) -> list[dict[str, Any]]:
    """Of a pyarrow table."""
    return [{"name": field.name, "type": _column_type(field.type)} for field in table.schema]


def texts_of(columns: Sequence[Mapping[str, Any]], table: Any) -> list[list[Optional[str]]]:
    """Rows of canonical text; made column by column, as they come."""
    texts = []
    for column, values in zip(columns, table.columns):
        make = text_of(column["type"])
        texts.append([make(value) for value in values.to_pylist()])
    return [list(row) for row in zip(*texts)]


def _column_type(data_type: Any) -> dict[str, Any]:
    from pyarrow import types

    if types.is_decimal(data_type):
        return {"kind": "decimal", "precision": data_type.precision, "scale": data_type.scale}
    if types.is_integer(data_type):
        return {"kind": "integer"}
    if types.is_floating(data_type):
        return {"kind": "double"}
    if types.is_date(data_type):
        return {"kind": "date"}
    if types.is_boolean(data_type):
        return {"kind": "boolean"}
    if types.is_string(data_type) or types.is_large_string(data_type):
        return {"kind": "string"}
    raise ValueError(f"A column of type {data_type} has no canonical text.")
