"""The CDK app: one stack, deployed to whatever account and region the CDK command line is signed in to."""

import json

import aws_cdk as cdk

from infra import REPOSITORY
from infra.config import DeployConfig
from infra.stack import VeilStack


def new_app() -> cdk.App:
    """Return the app with its stack, not synthesized yet.

    Raises:
        ConfigError: A deploy setting is unknown or has a value that cannot be used.
    """
    # The command line passes cdk.json's feature flags, plain `python app.py` does not: read them here, so
    # that both make the same template. What the command line passes still wins.
    app = cdk.App(context=json.loads((REPOSITORY / "cdk.json").read_text())["context"])
    config = DeployConfig.from_context(app.node.get_all_context())
    stack = VeilStack(app, "Veil", config=config, stack_name=config.name)
    cdk.Tags.of(stack).add("service", config.name)
    return app
