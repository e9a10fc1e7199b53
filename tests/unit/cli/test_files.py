import os

import pytest

from veil.cli.errors import CommandError
from veil.cli.files import find_files, left_out, plan_jobs
from veil.domain.media import Artifact


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Makes empty files by name in an empty working folder."""
    monkeypatch.chdir(tmp_path)

    def build(*names):
        for name in names:
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()

    return build


def files_of(*arguments, recursive, output, encoder="libx264"):
    return find_files(arguments, recursive=recursive, output=output, encoder=encoder)


def found(*arguments, recursive=False, output=None):
    return [str(each.path) for each in files_of(*arguments, recursive=recursive, output=output) if not each.why_not]


def reasons(*arguments, recursive=False, output=None):
    files = files_of(*arguments, recursive=recursive, output=output)
    return {str(each.job.source): each.reason for each in left_out(files)}


def planned(*arguments, recursive=False, output=None, encoder="libx264", masks=False, metadata=False):
    files = files_of(*arguments, recursive=recursive, output=output, encoder=encoder)
    return plan_jobs(files, output, masks=masks, metadata=metadata)


def pictures(*arguments, **named):
    return [str(job.picture) for job in planned(*arguments, **named)]


def test_a_folder_yields_its_pictures_in_order(tree):
    tree("in/b.PNG", "in/a.jpg", "in/c.JPEG", "in/notes.txt", "in/d.gif", "in/sub/e.jpg")

    assert found("in") == ["in/a.jpg", "in/b.PNG", "in/c.JPEG", "in/d.gif"]
    assert found("in", recursive=True) == ["in/a.jpg", "in/b.PNG", "in/c.JPEG", "in/d.gif", "in/sub/e.jpg"]


@pytest.mark.parametrize(
    ("name", "content", "result"),
    [
        ("a.jfif", b"\xff\xd8\xff\xe0", "a.jfif"),
        ("a.JPE", b"\xff\xd8\xff\xe0", "a.JPE"),
        ("photo", b"\xff\xd8\xff\xe0", "photo.jpg"),
        ("a.mpo", b"\xff\xd8\xff\xe1", "a.mpo.jpg"),
        ("a.png", b"\xff\xd8\xff\xe0", "a.png.jpg"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "a.webp.jpg"),
        ("a.jpg", b"RIFF\0\0\0\0WEBPVP8 ", "a.jpg"),
        ("a.avif", b"\0\0\0\x1cftypavif", "a.avif.jpg"),
        ("a.tif", b"II*\0", "a.tif.png"),
        ("a.gif", b"GIF89a", "a.gif.png"),
        ("a.txt", b"\x89PNG\r\n\x1a\n", "a.txt.png"),
        ("a.heic", b"\0\0\0\x18ftypheic", "a.heic"),
        ("a.jpg", b"", "a.jpg"),
    ],
)
def test_what_a_file_is_decides_its_content_and_the_suffix_of_its_result(tree, tmp_path, name, content, result):
    tree(f"in/{name}")
    (tmp_path / "in" / name).write_bytes(content)

    assert found("in") == [f"in/{name}"]
    assert pictures("in", output=tmp_path / "o") == [f"{tmp_path}/o/{result}"]


@pytest.mark.parametrize(
    ("name", "encoder", "result"),
    [
        ("a.mov", "libx264", "a.anonymized.mov"),
        ("a.mov", "h264_nvenc", "a.anonymized.mov"),
        ("a.mov", "libsvtav1", "a.mov.anonymized.mp4"),
        ("a.mov", "libvpx-vp9", "a.mov.anonymized.mp4"),
        ("a.mp4", "libsvtav1", "a.anonymized.mp4"),
    ],
)
def test_a_quicktime_file_becomes_what_holds_what_codes_it(tree, tmp_path, name, encoder, result):
    tree(name)
    (tmp_path / name).write_bytes(b"\0\0\0\x14ftyp" + (b"qt  " if name == "a.mov" else b"isom"))

    assert pictures(name, encoder=encoder) == [result]


def test_a_result_beside_its_source_is_marked_in_front_of_its_suffix(tree, tmp_path):
    tree("in/a.webp")
    (tmp_path / "in" / "a.webp").write_bytes(b"RIFF\0\0\0\0WEBPVP8 ")

    assert pictures("in") == ["in/a.webp.anonymized.jpg"]


def test_what_is_left_out_is_named_with_its_reason(tree, tmp_path):
    tree("in/a.jpg", "in/notes.txt", "in/.DS_Store", "other/b.jpg")
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "other")
    (tmp_path / "in" / "z.jpg").symlink_to(tmp_path / "in" / "a.jpg")
    os.mkfifo(tmp_path / "in" / "pipe.jpg")

    assert reasons("in", recursive=True) == {
        "in/linked": "a link to a folder; name it to have it searched",
        "in/notes.txt": "no picture and no video",
        "in/pipe.jpg": "not a file",
        "in/z.jpg": "the same file as in/a.jpg",
    }


def test_hidden_files_and_leftovers_of_killed_runs_are_not_found(tree):
    tree("in/a.jpg", "in/._a.jpg", "in/.veil-scratch-x1/anonymized.jpg", "in/.thumbs/a.jpg")

    assert found("in", recursive=True) == ["in/a.jpg"]


def test_a_folder_is_searched_also_where_its_own_name_is_hidden(tree):
    tree(".in/a.jpg")

    assert found(".in") == [".in/a.jpg"]


def test_results_of_an_earlier_run_are_not_found_again(tree):
    tree("in/a.jpg")
    for job in planned("in", masks=True, metadata=True):
        for target in job.targets.values():
            target.touch()

    assert found("in") == ["in/a.jpg"]


def test_an_output_folder_inside_the_searched_one_is_not_searched(tree, tmp_path):
    tree("in/a.jpg", "in/out/a.jpg", "in/out/sub/b.jpg")

    assert found("in", recursive=True, output=tmp_path / "in" / "out") == ["in/a.jpg"]
    assert found("in/**/*.jpg", output=tmp_path / "in" / "out") == ["in/a.jpg"]


def test_a_file_named_outright_is_taken_as_it_is(tree):
    tree("a.anonymized.jpg", ".hidden.jpg", "photo")

    assert found("a.anonymized.jpg", ".hidden.jpg", "photo") == ["a.anonymized.jpg", ".hidden.jpg", "photo"]


def test_a_name_that_looks_like_a_pattern_names_its_file(tree):
    tree("in/a[1].jpg", "in/a1.jpg")

    assert found("in/a[1].jpg") == ["in/a[1].jpg"]


def test_patterns_find_what_they_match_and_mirror_the_folders_behind_their_fixed_part(tree, tmp_path):
    tree("trip/day1/a.jpg", "trip/day2/a.jpg", "trip/day2/x/b.png", "trip/notes.txt")

    assert found("trip/*/a.jpg") == ["trip/day1/a.jpg", "trip/day2/a.jpg"]
    assert pictures("trip/**/*.*", output=tmp_path / "o") == [
        f"{tmp_path}/o/day1/a.jpg",
        f"{tmp_path}/o/day2/a.jpg",
        f"{tmp_path}/o/day2/x/b.png",
    ]
    assert found(f"{tmp_path}/trip/day1/*") == [f"{tmp_path}/trip/day1/a.jpg"]


@pytest.mark.parametrize("argument", ["nothing", "empty", "*.jpg", "notes.txt/x.jpg", "x" * 300])
def test_an_argument_that_names_no_picture_is_an_error(argument, tree, tmp_path):
    tree("notes.txt", "other/a.jpg")
    (tmp_path / "empty").mkdir()

    with pytest.raises((CommandError, OSError), match=r"No picture or video found|name too long"):
        found("other", argument)


def test_a_file_named_twice_or_by_a_link_is_one_file(tree, tmp_path):
    tree("in/a.jpg")
    (tmp_path / "link.jpg").symlink_to("in/a.jpg")

    assert found("in/a.jpg", "in", "./in/a.jpg", "link.jpg") == ["in/a.jpg"]


def test_a_link_in_front_of_its_file_does_not_keep_it_from_being_found(tree, tmp_path):
    tree("in/b.jpg")
    (tmp_path / "in" / "a.jpg").symlink_to("b.jpg")

    assert found("in") == ["in/a.jpg"]
    assert reasons("in") == {"in/b.jpg": "the same file as in/a.jpg"}


def test_a_result_whose_name_would_be_too_long_keeps_no_other_file_from_its_job(tree, tmp_path):
    long = "x" * 250 + ".jpg"
    tree(f"in/{long}", "in/a.jpg", "out/b.jpg")

    assert [job.source.name for job in planned("in", output=tmp_path / "out", masks=True)] == ["a.jpg", long]


def test_without_an_output_folder_results_lie_beside_their_source(tree):
    tree("in/a.jpg", "in/sub/b.PNG")

    assert pictures("in", recursive=True) == ["in/a.anonymized.jpg", "in/sub/b.anonymized.PNG"]


def test_with_an_output_folder_names_and_sub_folders_stay(tree, tmp_path):
    tree("in/a.jpg", "in/sub/b.PNG")

    assert pictures("in", recursive=True, output=tmp_path / "o") == [f"{tmp_path}/o/a.jpg", f"{tmp_path}/o/sub/b.PNG"]


def test_masks_and_metadata_of_files_that_differ_in_their_suffix_do_not_collide(tree, tmp_path):
    tree("in/a.jpg", "in/a.JPG", "in/a.png", "in/a.jpeg")

    jobs = planned("in", output=tmp_path / "o", masks=True, metadata=True)

    targets = [target for job in jobs for target in job.targets.values()]
    assert len(set(targets)) == len(targets) == 24
    assert {artifact: target.name for artifact, target in jobs[-1].targets.items()} == {
        Artifact.ANONYMIZED: "a.png",
        Artifact.BINARY_MASK: "a.png.binary_mask.png",
        Artifact.INSTANCE_MASK: "a.png.instance_mask.png",
        Artifact.METADATA: "a.png.metadata.json",
        Artifact.REPORT: "a.png.report.json",
        Artifact.FINDINGS: "a.png.findings.json.gz",
    }


@pytest.mark.parametrize("output", ["in", "in/../in", "link", "in/sub/.."])
def test_a_result_that_would_overwrite_its_input_is_refused(output, tree, tmp_path):
    tree("in/a.jpg", "in/sub/b.jpg")
    (tmp_path / "link").symlink_to("in")

    with pytest.raises(CommandError, match=r"would overwrite the input"):
        planned("in", output=tmp_path / output)


def test_a_result_that_would_overwrite_another_input_is_refused(tree, tmp_path):
    tree("in/a.jpg", "in/sub/a.jpg")

    with pytest.raises(CommandError, match=r"in/sub/a.jpg would overwrite the input .*in/a.jpg"):
        planned("in/sub/a.jpg", "in/a.jpg", output=tmp_path / "in")


def test_an_input_that_is_also_linked_into_the_output_folder_is_not_overwritten(tree, tmp_path):
    tree("in/a.jpg", "out/b.jpg")
    os.link(tmp_path / "in" / "a.jpg", tmp_path / "out" / "a.jpg")

    with pytest.raises(CommandError, match="would overwrite the input"):
        planned("in", output=tmp_path / "out")


def test_a_mask_that_would_overwrite_an_input_is_refused(tree, tmp_path):
    tree("in/a.jpg", "in/a.anonymized.jpg.binary_mask.png")

    with pytest.raises(CommandError, match="would overwrite the input"):
        planned("in", "in/a.anonymized.jpg.binary_mask.png", masks=True)


def test_two_inputs_with_the_same_result_are_refused(tree, tmp_path):
    tree("x/a.jpg", "y/a.jpg")

    with pytest.raises(CommandError, match=r"x/a.jpg and y/a.jpg would both be written to"):
        planned("x", "y", output=tmp_path / "o")


def test_a_folder_that_cannot_be_searched_is_an_error_not_an_empty_folder(tree, tmp_path, monkeypatch):
    tree("in/a.jpg", "in/locked/b.jpg")
    scandir = os.scandir

    def guarded(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)

    with pytest.raises(CommandError, match="in/locked cannot be read: Permission denied"):
        found("in", recursive=True)
