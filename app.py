"""CDK entry point. Synthesizes offline: no Docker, no credentials, no account."""

from infra.acknowledgements import acknowledge_findings
from infra.application import new_app

app = new_app()
acknowledge_findings(app)
app.synth()
