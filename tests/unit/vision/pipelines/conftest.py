"""What tests of pipelines share."""

import pytest

from veil_vision.pipelines.video import anonymize_video
from veil_vision.pipelines.video_output import VideoSettings


@pytest.fixture
def run(tmp_path, scenes):
    """Anonymize a clip; return what came of it and the file."""

    def anonymize(clip, *, finder=None, report=lambda fraction: None, settings=None, **changes):
        target = tmp_path / f"result of {clip.name}"
        made = anonymize_video(
            clip,
            target,
            scenes.recipe(**changes),
            [finder or scenes.finder()],
            settings=settings or VideoSettings(check_every=5),
            report=report,
        )
        return made, target

    return anonymize
