"""JSON schemas that the contracts' answers are put together from."""

from veil.http.parameter_types import Schema

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"anyOf": [TEXT, {"type": "null"}]}
TIME: Schema = {"type": "string", "format": "date-time"}


def reference(name: str) -> Schema:
    """Return the schema that is described by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def object_schema(
    properties: dict[str, Schema], *, optional: dict[str, Schema] | None = None, extends: str | None = None
) -> Schema:
    """Return the schema of an object.

    Args:
        properties: Those that are always there.
        optional: Those that may be absent.
        extends: Name of a schema whose properties it has as well.
    """
    schema: Schema = {"type": "object", "required": list(properties), "properties": properties | (optional or {})}
    return {"allOf": [reference(extends), schema]} if extends else schema
