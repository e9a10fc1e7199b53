"""CDK entry point. Synthesizes offline: no Docker, no credentials, no account."""

from infra.application import new_app

new_app().synth()
