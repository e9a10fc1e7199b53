"""The operations that the API's document names."""

import json
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "api" / "openapi.json"


def operations_by_id(credential):
    """Return method and path of each operation on something that has an id, for who shows this kind of credential."""
    paths = json.loads(DOCUMENT.read_text())["paths"]
    found = [
        (method.upper(), path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if path.endswith("}") or "}/" in path
        if [credential] in [list(each) for each in operation.get("security", [])]
    ]
    assert found
    return found
