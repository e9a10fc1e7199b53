import pytest

from veil.node.stores import NodeStores

PASSWORD = "correct horse battery"


def test_an_account_is_added_listed_and_removed(veil):
    added = veil("users", "add", "Ana", "--password-stdin", "--data", "d", stdin=f"{PASSWORD}\n")
    listed = veil("users", "list", "--data", "d")
    removed = veil("users", "remove", "ana", "--data", "d")

    assert (added.code, added.out) == (0, "Account Ana was created.\n")
    assert "Ana" in listed.out
    assert (removed.code, removed.out) == (0, "Account ana was removed.\n")
    assert "There are no accounts" in veil("users", "list", "--data", "d").out


@pytest.mark.parametrize("written", ["{}\r\n", "{}\nsecond line\n", "\ufeff{}\r\n"])
def test_the_password_is_one_line_of_standard_input(written, veil, tmp_path):
    veil("users", "add", "ana", "--password-stdin", "--data", "d", stdin=written.format(PASSWORD))

    assert NodeStores.open(tmp_path / "d").accounts.sign_in("ana", PASSWORD).access_token


def test_a_password_is_never_shown(veil):
    answers = [
        veil("users", "add", "ana", "--password-stdin", "--data", "d", stdin=f"{PASSWORD}\n"),
        veil("users", "add", "ana", "--password-stdin", "--data", "d", stdin=f"{PASSWORD}\n"),
        veil("users", "add", "bob", "--password-stdin", "--data", "d", stdin="short"),
        veil("users", "list", "--data", "d"),
    ]

    assert all(PASSWORD not in each.out + each.err and "short" not in each.out + each.err for each in answers)


@pytest.mark.parametrize(
    ("arguments", "stdin", "error"),
    [
        (["add", "ana", "--password-stdin"], f"{PASSWORD}\n", "There is an account 'ana' already."),
        (["add", "bob", "--password-stdin"], "short\n", "at least 8 characters"),
        (["add", "bob", "--password-stdin"], "", "at least 8 characters"),
        (["add", " ", "--password-stdin"], f"{PASSWORD}\n", "user name"),
        (["remove", "bob"], "", "There is no account 'bob'."),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments, stdin, error, veil):
    veil("users", "add", "ana", "--password-stdin", "--data", "d", stdin=f"{PASSWORD}\n")

    answer = veil("users", *arguments, "--data", "d", stdin=stdin)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: ")
    assert error in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("command", [["users", "list"], ["users", "remove", "x"], ["webhooks", "list"]])
def test_a_data_folder_that_is_not_there_is_not_made_by_looking_into_it(command, veil, tmp_path):
    answer = veil(*command, "--data", "nowhere")

    assert answer.code == 2
    assert answer.err == "error: There is no data folder nowhere. Name it with --data.\n"
    assert not (tmp_path / "nowhere").exists()


def test_the_data_folder_may_be_named_by_the_environment(veil, monkeypatch, tmp_path):
    monkeypatch.setenv("VEIL_DATA", "elsewhere")

    veil("users", "add", "ana", "--password-stdin", stdin=PASSWORD)

    assert (tmp_path / "elsewhere" / "veil.sqlite").exists()


def test_without_a_terminal_to_ask_at_nothing_is_added(veil, tmp_path):
    answer = veil("users", "add", "ana", "--data", "d", stdin=f"{PASSWORD}\n{PASSWORD}\n")

    assert answer.code == 2
    assert "--password-stdin" in answer.err
    assert not (tmp_path / "d").exists()
