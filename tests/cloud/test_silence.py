"""Both of the anonymizer's programs speak to AWS and to nobody else, from their start to their end."""

import time
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from tests.cloud.emulation.cloud import Cloud, Outside
from tests.cloud.emulation.template import StackTemplate
from tests.watching import watch  # noqa: F401  # a fixture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

A_MINUTE = 60
PATIENCE = 300


class Watched:
    """The launches of a deployment, those of the anonymizer under watch."""

    def __init__(self, launches, prefix):
        self._launches = launches
        self._prefix = prefix

    def function(self, name, properties):
        launch = self._launches.function(name, properties)
        return self._watched(launch) if "ImageUri" in properties["Code"] else launch

    def job(self, definition):
        return self._watched(self._launches.job(definition))

    def _watched(self, launch):
        return replace(launch, arguments=[*self._prefix, *launch.arguments])


class WatchedCloud(Cloud):
    """A deployment whose anonymizer is watched."""

    def __init__(self, *arguments, prefix, **options):
        self._prefix = prefix
        super().__init__(*arguments, **options)

    def _prepare_functions(self, parts, launches):
        super()._prepare_functions(parts, Watched(launches, self._prefix))


@pytest.fixture
def cloud(synthesized, models, shared, receiver, accounts, watch, tmp_path):  # noqa: F811, PLR0917  # fixtures
    shared.make_room()
    outside = Outside("hooks.example.org", receiver.port, receiver.certificate[0])
    template, folder = StackTemplate(synthesized), tmp_path / "cloud"
    folder.mkdir()
    with closing(WatchedCloud(template, folder, models=models, outside=outside, prefix=watch.prefix)) as cloud:
        for account in accounts.values():
            cloud.add_user(*account)
        yield cloud


@pytest.fixture
def ana(new_client, cloud):
    return new_client(cloud)


@pytest.fixture
def large_photo(encode_png):
    """A PNG of more than 25 megabytes, which takes the GPU lane."""
    return encode_png(np.random.default_rng(1).integers(0, 256, (2950, 2950, 3), np.uint8))


@pytest.fixture
def encode_png():
    from io import BytesIO

    from PIL import Image

    def encode(pixels):
        file = BytesIO()
        Image.fromarray(pixels).save(file, "PNG", compress_level=0)
        return file.getvalue()

    return encode


def test_the_anonymizer_speaks_to_aws_and_nobody_else_for_a_task_and_a_minute_after(
    cloud,
    ana,
    portrait,
    large_photo,
    watch,  # noqa: F811  # the fixture above
):
    for picture in (portrait, large_photo):
        assert ana.ended(ana.submit(picture), seconds=PATIENCE)["task_status"] == "done"
    time.sleep(A_MINUTE)

    hosts = {to.partition(" ")[0] for to in watch.spoken_to()}
    assert cloud.jobs.exit_codes == [0]
    assert hosts == {"127.0.0.1"}
    assert "53" not in {to.partition(" ")[2] for to in watch.spoken_to()}
    assert watch.written() == []
