from itertools import pairwise

import pytest

COMMANDS = [
    ("anonymize",),
    ("render",),
    ("evaluate",),
    ("serve",),
    ("users",),
    ("users", "add"),
    ("users", "list"),
    ("users", "remove"),
    ("models",),
    ("models", "list"),
    ("models", "pull"),
    ("models", "verify"),
    ("keys",),
    ("keys", "add"),
    ("keys", "list"),
    ("keys", "disable"),
    ("keys", "credit"),
    ("webhooks",),
    ("webhooks", "list"),
    ("webhooks", "replay"),
    ("webhooks", "secret"),
    ("cloud",),
    ("cloud", "check"),
    ("cloud", "add-user"),
    ("cloud", "keys", "add"),
    ("cloud", "keys", "list"),
    ("cloud", "keys", "disable"),
    ("cloud", "keys", "credit"),
    ("cloud", "webhooks"),
    ("cloud", "replay-webhooks"),
    ("cloud", "redrive"),
    ("cloud", "replay-events"),
]


@pytest.mark.parametrize("command", [(), *COMMANDS])
def test_every_help_has_an_example(command, veil):
    answer = veil(*command, "--help")

    assert answer.code == 0
    assert f"Example:  veil {' '.join(command)}".rstrip() in answer.out or "Example:  VEIL_USER" in answer.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_and_argument_is_explained(command, veil):
    shown = veil(*command, "--help").out

    rows = [line.strip("│ ") for line in shown.splitlines() if line.startswith("│")]
    # A row that names an option is followed by words, on its own line or, where they are many, the next.
    assert all(len(row.split()) > 2 for row in rows if row.startswith(("--", "*")))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_line_of_the_description_ends_where_the_terminal_does(command, veil, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = veil(*command, "--help").out.partition("╭")[0]

    lines = [line.rstrip() for line in shown.splitlines()]
    for line, following in pairwise(lines):
        assert not (line and following) or len(line) + 1 + len(following.split()[0]) > 79, line


@pytest.mark.parametrize("command", [(), ("users",), ("keys",), ("models",), ("webhooks",), ("cloud",)])
def test_a_command_that_needs_another_word_shows_which_there_are(command, veil):
    answer = veil(*command)

    assert answer.code == 2
    assert "Commands" in answer.out
    assert answer.err == ""


def test_the_options_of_the_issue_are_all_there(veil):
    shown = veil("anonymize", "--help").out

    wanted = [
        "-o",
        "--classes",
        "--method",
        "--threshold",
        "--kernel-size",
        "--margin",
        "--masks",
        "--metadata",
        "--recursive",
        "--keep-gps",
    ]
    assert [option for option in wanted if option not in shown] == []
    assert "detect" not in shown.replace("detections", "").replace("detector", "")


def test_the_version_is_told(veil):
    answer = veil("--version")

    assert (answer.code, answer.out.split()[0]) == (0, "veil")


@pytest.mark.parametrize("arguments", [["--nonsense"], ["nonsense"], ["users", "nonsense"], ["serve", "--port", "x"]])
def test_what_the_command_line_does_not_know_is_one_line(arguments, veil):
    answer = veil(*arguments)

    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith("error: ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["anonymize", "x", "--method", "fog"], "'--method': 'fog' is not one of 'blur', 'pixelate', 'blacken'."),
        (["cloud", "webhooks"], "'--region' (env var: AWS_REGION or AWS_DEFAULT_REGION)."),
    ],
)
def test_what_is_wrong_is_told_in_words_and_not_in_pythons(arguments, told, veil, monkeypatch):
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)

    assert veil(*arguments).err.endswith(f"{told}\n")
