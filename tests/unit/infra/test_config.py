"""Deploy settings: read from the CDK context, each refusal says what to write instead."""

import pytest

from infra.config import ConfigError, DeployConfig


def test_without_settings_everything_has_its_default():
    assert DeployConfig.from_context({}) == DeployConfig()


def test_settings_arrive_as_text_from_the_command_line_and_typed_from_a_file():
    expected = DeployConfig(retention_days=7, waf=False, cors_origins=("https://a.example", "https://b.example"))

    assert expected == DeployConfig.from_context(
        {"retention_days": "7", "waf": "false", "cors_origins": "https://a.example,https://b.example"}
    )
    assert expected == DeployConfig.from_context(
        {"retention_days": 7, "waf": False, "cors_origins": ["https://a.example", "https://b.example"]}
    )


def test_what_cdk_itself_keeps_in_the_context_is_passed_over():
    assert DeployConfig.from_context({"@aws-cdk/core:x": True, "aws:cdk:y": 1}) == DeployConfig()


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"retention": "7"}, "Unknown setting retention. Known: name"),
        ({"retention_days": "soon"}, "Setting retention_days='soon': must be a whole number."),
        ({"retention_days": "0"}, "Setting retention_days='0': must be 1 to 3650."),
        ({"log_days": "5"}, "must be one of 1, 7, 14"),
        ({"waf": "maybe"}, "must be true or false."),
        ({"profile": "hasty"}, "must be one of fast, balanced, thorough."),
        ({"architecture": "mips"}, "must be one of arm64, x86_64."),
        ({"gpu_instance_types": "p5.48xlarge"}, "must look like"),
        ({"cors_origins": "https://a.example,"}, "must be a list of texts, separated by commas."),
        ({"alarm_email": "nobody"}, "must look like"),
        ({"models_mirror": "/media/usb/models"}, "must look like"),
        ({"models_mirror": "https://user:password@models.example.com"}, "must look like"),
        ({"models_mirror": "https://models.example.com/?token=x"}, "must look like"),
        ({"domain_name": "veil.example.com"}, "Set domain_name and certificate_arn together, or neither."),
        ({"gpu_lane": "false", "express_max_megapixels": "0"}, "gpu_lane=false leaves none"),
    ],
)
def test_a_wrong_setting_is_refused_in_words_that_help(context, message):
    with pytest.raises(ConfigError) as refusal:
        DeployConfig.from_context(context)

    assert message in str(refusal.value)


@pytest.mark.parametrize(("memory_mb", "megapixels"), [(3008, 109), (4612, 200), (10240, 200)])
def test_the_express_lane_takes_what_its_memory_holds(memory_mb, megapixels):
    assert DeployConfig(express_memory_mb=memory_mb).express_holds_megapixels == megapixels


def test_every_setting_is_documented(repository):
    operations = (repository / "docs/operations.md").read_text(encoding="utf-8")

    assert DeployConfig.table() in operations
