import pytest


def test_the_catalogue_is_listed_with_licences_and_what_is_installed(veil):
    answer = veil("models", "list", "--models", "empty")

    assert answer.code == 0
    rows = {row[1]: row for line in answer.out.splitlines() if len(row := line.replace("│", " │ ").split()) > 2}
    assert "MIT" in rows["centerface"]
    assert "missing" in rows["centerface"]
    assert answer.out.splitlines()[-1] == "Folder: empty"


def test_the_list_says_what_installs_a_model_and_what_comes_along(veil):
    lines = veil("models", "list", "--models", "empty").out.splitlines()

    told = {row[1]: row[4] for line in lines if len(row := [each.strip() for each in line.split("│")]) > 5}
    assert told["centerface"] == "pull"
    assert told["yolox-nano"] == "pull street"
    assert told["yolox-s"] == "pull NAME"
    assert told["veil-plates"] == "Veil itself"


@pytest.mark.usefixtures("face_detector")
def test_installed_models_verify(veil):
    answer = veil("models", "verify")

    assert "centerface: verified" in answer.out


def test_a_missing_or_corrupt_default_model_does_not_verify(veil):
    assert veil("models", "verify", "--models", "empty").code == 1


def test_an_unknown_model_is_refused_with_the_names_of_the_known_ones(veil):
    answer = veil("models", "pull", "nonsense", "--models", "m")

    assert answer.code == 2
    assert answer.err.startswith("error: Unknown model: nonsense. Known: centerface, ")


def test_a_model_is_pulled_from_a_folder(veil, shared_models, tmp_path):
    answer = veil("models", "pull", "yolox-nano", "--from", shared_models, "--models", "m")

    assert answer.code == 0
    assert "yolox-nano: verified" in veil("models", "verify", "--models", "m").out


def test_a_folder_without_the_model_is_one_line(veil, tmp_path):
    (tmp_path / "usb").mkdir()

    answer = veil("models", "pull", "yolox-nano", "--from", "usb", "--models", "m")

    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1


def test_a_mirror_that_is_not_there_is_refused(veil):
    assert "--from" in veil("models", "pull", "--from", "nowhere").err
