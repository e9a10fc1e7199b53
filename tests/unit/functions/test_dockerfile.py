"""The one Dockerfile of all images keeps the rules that a linter would hold it to, and names what exists."""

import re

import pytest


@pytest.fixture(scope="module")
def instructions(repository_of_module):
    text = (repository_of_module / "functions/anonymizer/Dockerfile").read_text()
    joined = re.sub(r"\\\n\s*", " ", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line]


@pytest.fixture(scope="module")
def repository_of_module():
    from pathlib import Path

    return Path(__file__).parents[3]


@pytest.fixture(scope="module")
def stages(instructions):
    """Instructions of each stage by its name."""
    found, name = {}, None
    for word, rest in instructions:
        if word == "FROM":
            name = rest.partition(" AS ")[2]
            found[name] = [(word, rest)]
        else:
            found[name].append((word, rest))
    return found


def test_there_is_a_stage_per_lane_and_one_base_with_a_tag(stages):
    bases = [rest.partition(" AS ")[0] for stage in stages.values() for word, rest in stage if word == "FROM"]
    outside = {each for each in bases if each not in stages}

    assert {"express", "gpu"} <= set(stages)
    assert all(re.fullmatch(r"[\w./-]+:[\w.-]+", each) and not each.endswith(":latest") for each in outside)


@pytest.mark.parametrize("image", ["express", "gpu", "node"])
def test_an_image_ends_without_rights_and_starts_a_program_without_a_shell(stages, image):
    words = [word for word, _ in stages[image]]
    (entry,) = (rest for word, rest in stages[image] if word == "ENTRYPOINT")

    # By number: who runs it can tell that this is not root without looking into the image.
    assert int(stages[image][words.index("USER")][1].partition(":")[0]) > 0
    assert words.index("USER") > max(place for place, word in enumerate(words) if word in {"RUN", "COPY"})
    assert entry.startswith("[")


def test_everything_that_is_installed_has_a_hash(instructions):
    installs = [rest for word, rest in instructions if word == "RUN" and "pip install" in rest]

    assert installs
    assert all("--no-deps" in each and "--no-cache-dir" in each for each in installs)
    # Our own package has no hash; it comes out of the build folder, and nothing beside it from elsewhere.
    assert [each for each in installs if "--require-hashes" not in each] == [
        each for each in installs if "--no-index --no-build-isolation" in each
    ]


def test_the_node_has_one_volume_and_says_how_it_is(stages):
    node = stages["node"]
    told = dict(each.split("=") for word, rest in node if word == "ENV" for each in rest.split())

    assert [rest for word, rest in node if word == "VOLUME"] == [told["VEIL_DATA"]]
    assert [rest for word, rest in node if word == "EXPOSE"] == [told["VEIL_PORT"]]
    assert [rest.partition("CMD ")[2][0] for word, rest in node if word == "HEALTHCHECK"] == ["["]


def test_packages_of_the_system_come_without_recommendations_and_leave_no_lists(instructions):
    (apt,) = (rest for word, rest in instructions if word == "RUN" and "apt-get" in rest)

    assert "--no-install-recommends" in apt
    assert apt.index("apt-get update") < apt.index("apt-get install") < apt.index("rm -rf /var/lib/apt/lists/*")


def test_every_program_in_an_image_is_told_to_send_no_telemetry_and_to_ask_no_metadata(stages):
    (told,) = (rest.split() for word, rest in stages["base"] if word == "ENV")

    assert {"ORT_DISABLE_TELEMETRY=1", "AWS_EC2_METADATA_DISABLED=true"} <= set(told)


def test_everything_that_is_copied_exists(instructions, repository_of_module):
    copied = [rest.split()[:-1] for word, rest in instructions if word == "COPY" and "--from" not in rest]

    assert copied
    assert [each for sources in copied for each in sources if not (repository_of_module / each).exists()] == []


def test_nothing_is_fetched_by_add_and_no_secret_is_baked_in(instructions):
    assert not [word for word, _ in instructions if word in {"ADD", "MAINTAINER"}]
    assert not [
        rest for word, rest in instructions if word in {"ENV", "ARG"} and re.search("PASSWORD|SECRET|TOKEN", rest)
    ]
