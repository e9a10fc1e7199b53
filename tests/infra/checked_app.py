"""The app under cdk-nag's rule packs, as a program.

Beside its stack stands a second one without our acknowledgements, which shows what the packs would find: the negative
control. To start a second app for it would cost as much as all rules.
"""

from infra.acknowledgements import acknowledge_findings
from infra.application import new_app
from infra.config import DeployConfig
from infra.stack import VeilStack

app = new_app()

import aws_cdk as cdk  # noqa: E402  # only after `infra` has chosen a Node for it
import cdk_nag  # noqa: E402  # see above

acknowledge_findings(app)
VeilStack(app, "Bare", config=DeployConfig.from_context(app.node.get_all_context()), stack_name="bare")
cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
app.synth()
