"""Settings of the cloud functions, from the environment."""

from pathlib import Path

import pytest

from veil.domain.device import CPU, Device, Provider
from veil.domain.policy import Profile
from veil.settings import (
    AnonymizerSettings,
    FunctionSettings,
    LaneSettings,
    SettingsError,
    TasksApiSettings,
)

STORES = {"AWS_REGION": "eu-central-1", "VEIL_TABLE": "t", "VEIL_BUCKET": "b", "VEIL_RETENTION_DAYS": "30"}


def test_settings_are_read_by_the_names_of_their_fields():
    settings = AnonymizerSettings.from_env({**STORES, "VEIL_MODELS": "/opt/models", "VEIL_THREADS": "4"})

    assert settings == AnonymizerSettings(
        aws_region="eu-central-1", table="t", bucket="b", retention_days=30, models=Path("/opt/models"), threads=4
    )


def test_what_memory_holds_is_told_in_pixels_and_anything_fits_unless_it_is_told():
    told = {**STORES, "VEIL_MODELS": "/opt/models"}

    assert AnonymizerSettings.from_env(told).max_room == 0
    assert AnonymizerSettings.from_env({**told, "VEIL_MAX_ROOM": "109000000"}).max_room == 109_000_000


def test_a_profile_is_balanced_unless_set_and_an_unknown_one_is_refused():
    told = {**STORES, "VEIL_MODELS": "/opt/models"}

    assert AnonymizerSettings.from_env(told).profile is Profile.BALANCED
    assert AnonymizerSettings.from_env({**told, "VEIL_PROFILE": "thorough"}).profile is Profile.THOROUGH
    with pytest.raises(SettingsError, match="VEIL_PROFILE"):
        AnonymizerSettings.from_env({**told, "VEIL_PROFILE": "hasty"})


def test_a_device_is_the_processor_unless_set_and_an_unknown_one_is_refused():
    told = {**STORES, "VEIL_MODELS": "/opt/models"}

    assert AnonymizerSettings.from_env(told).device == CPU
    assert AnonymizerSettings.from_env({**told, "VEIL_DEVICE": "cuda:1"}).device == Device(Provider.CUDA, 1)
    with pytest.raises(SettingsError, match="VEIL_DEVICE"):
        AnonymizerSettings.from_env({**told, "VEIL_DEVICE": "abacus"})


def test_lists_are_separated_by_commas():
    settings = TasksApiSettings.from_env(
        {
            **dict.fromkeys(TasksApiSettings.variables(), "1"),
            "VEIL_CLASSES": "face,person",
            "VEIL_URL_SIGNER": "pool,login,role",
            "VEIL_CORS_ORIGINS": "",
        }
    )

    assert settings.classes == ("face", "person")
    assert settings.cors_origins == ("*",)


def test_everything_that_is_missing_or_unreadable_is_named_at_once():
    with pytest.raises(SettingsError) as refused:
        LaneSettings.from_env({"AWS_REGION": "eu-central-1", "VEIL_TABLE": "", "VEIL_RETENTION_DAYS": "a month"})

    for name in ("TABLE", "BUCKET", "RETENTION_DAYS", "EXPRESS_QUEUE", "BATCH_QUEUE"):
        assert f"VEIL_{name}" in str(refused.value)
    for name in ("AWS_REGION", "UPLOAD_LIMIT_BYTES", "a month"):
        assert name not in str(refused.value)


@pytest.mark.parametrize("kind", [AnonymizerSettings, LaneSettings, TasksApiSettings])
def test_what_is_set_is_what_is_read(kind: type[FunctionSettings]):
    settings = kind.from_env({**dict.fromkeys(kind.variables(), "1"), "VEIL_PROFILE": "fast", "VEIL_DEVICE": "cpu"})

    assert "AWS_REGION" in kind.variables()
    assert settings.aws_region == "1"
