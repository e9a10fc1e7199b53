"""The layer is built for the processor that the deployment is for."""

import json

import pytest

from infra.build_layer import architecture_of_deployment
from infra.config import ConfigError


def test_the_command_lines_setting_decides_the_processor():
    passed_on = {"CDK_CONTEXT_JSON": json.dumps({"architecture": "x86_64", "@aws-cdk/core:x": True})}

    assert architecture_of_deployment(passed_on) == "x86_64"


def test_without_the_command_line_it_is_the_default():
    assert architecture_of_deployment({}) == "arm64"


def test_a_wrong_setting_is_refused_before_anything_is_built():
    with pytest.raises(ConfigError, match="must be one of arm64, x86_64"):
        architecture_of_deployment({"CDK_CONTEXT_JSON": json.dumps({"architecture": "mips"})})
