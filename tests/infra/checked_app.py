"""The app under cdk-nag's rule packs, as a program: `python checked_app.py [bare]`.

`bare` leaves our acknowledgements out, so that the packs show what they would find: the negative control.
"""

import sys

from infra.acknowledgements import acknowledge_findings
from infra.application import new_app

app = new_app()

import aws_cdk as cdk  # noqa: E402  # only after `infra` has chosen a Node for it
import cdk_nag  # noqa: E402

if "bare" not in sys.argv:
    acknowledge_findings(app)
cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
app.synth()
