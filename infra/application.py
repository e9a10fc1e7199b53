"""The CDK app: one stack, deployed to whatever account and region the CDK command line is signed in to."""

import json
import os

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
    context = json.loads((REPOSITORY / "cdk.json").read_text())["context"]
    # Where nobody says where, the CDK would leave the template in a temporary folder that it does not name.
    app = cdk.App(context=context, outdir=os.environ.get("CDK_OUTDIR", "cdk.out"))
    config = DeployConfig.from_context(app.node.get_all_context())
    stack = VeilStack(app, "Veil", config=config, stack_name=config.name)
    cdk.Tags.of(stack).add("service", config.name)
    return app
