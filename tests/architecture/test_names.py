"""Names say what a thing is; what may stand in a file is the same on every machine."""

import ast
import re

import pytest

BANNED = {"utils", "util", "helpers", "helper", "common", "misc", "core", "shared", "tools", "manager", "base"}
# Built from parts, so that this file does not contain what it looks for.
REGISTRIES = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("index", "docker", "io"),
        ("proxy", "golang", "org"),
        ("conda", "anaconda", "org"),
    ]
]
HERE = ["/" + "/".join(parts) for parts in [("work", "main"), ("work", "shared"), ("work", ".library"), ("root", "")]]


def test_no_module_is_called_after_nothing(tracked, repository):
    names = [file.relative_to(repository) for file in tracked if file.suffix == ".py"]

    assert [str(name) for name in names if BANNED & {*name.parts[:-1], name.stem}] == []


@pytest.mark.parametrize("word", [*REGISTRIES, *HERE])
def test_no_tracked_file_names_a_package_registry_or_a_folder_of_this_machine(word, tracked, repository):
    pattern = re.compile(re.escape(word).encode() if word.startswith("/") else rb"\b" + re.escape(word).encode())

    assert [str(file.relative_to(repository)) for file in tracked if pattern.search(file.read_bytes())] == []


def test_the_environment_is_read_only_where_a_process_starts(modules, repository):
    allowed = re.compile(
        r"functions/|layers/service/python/veil/(cli/|settings\.py)|.*/veil_vision/(image/libjpeg|models/onnx_runtime|video/encoders)\.py"
    )

    readers = {
        str(path)
        for path, tree in modules.items()
        if re.search("environ|getenv", (repository / path).read_text())
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }

    assert {path for path in readers if not allowed.match(path)} == set()
