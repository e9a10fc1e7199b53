"""Files and functions stay small enough to be read at once (design/style.md rule 8)."""

import ast
from statistics import median, quantiles

import pytest

LONGEST_FILE = 350
LONGEST_FUNCTION = 60


@pytest.fixture(scope="module")
def lengths(modules):
    return dict(functions(modules))


def functions(modules):
    """Yield path and name of each function, and its length in lines without signature and docstring."""
    for path, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                yield f"{path}:{node.name}", body[-1].end_lineno - body[0].lineno + 1


def test_no_file_and_no_function_is_too_long(modules, lengths, repository, record_property):
    files = {str(path): len((repository / path).read_text().splitlines()) for path in modules}

    longest = sorted(lengths.items(), key=lambda each: -each[1])[:5]
    record_property("longest functions", longest)

    assert {name: lines for name, lines in files.items() if lines > LONGEST_FILE} == {}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_functions_are_as_short_as_those_of_the_models_we_learned_from(lengths):
    assert median(lengths.values()) <= 8
    assert quantiles(lengths.values(), n=10)[-1] <= 20
