"""A signed URL lives as long as the contract says, whatever becomes of the function that signed it."""

from datetime import timedelta

import pytest


@pytest.fixture
def later(cloud, monkeypatch):
    """Lets time pass at S3."""

    def pass_on(seconds):
        monkeypatch.setattr(cloud.endpoint, "ahead", timedelta(seconds=seconds))

    return pass_on


def test_an_upload_url_lives_for_its_hour(ana, later, portrait):
    in_time, late = ana.create(), ana.create()

    later(3590)
    assert ana.upload(in_time, portrait).status_code == 200
    later(3610)
    assert ana.upload(late, portrait).status_code == 403

    later(0)
    assert ana.ended(in_time["task_id"])["task_status"] == "done"


def test_a_download_url_lives_for_its_four_hours(ana, later, portrait):
    done = ana.anonymize(portrait)

    later(14_390)
    assert ana.call("GET", done["anonymized_url"], headers={}).status_code == 200
    later(14_410)
    assert ana.call("GET", done["anonymized_url"], headers={}).status_code == 403
