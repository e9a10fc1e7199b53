"""The reference in a real browser, under the policy that its page is sent with."""

import re
import subprocess

import pytest

from tests.e2e.browser import BROWSER, HEADLESS


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
def test_every_operation_is_shown_and_nothing_breaks_the_policy(running, tmp_path):
    documented = running.client().call("GET", "/openapi.json", headers={}).json()["paths"]

    shown = subprocess.run(
        [
            BROWSER,
            *HEADLESS,
            "--virtual-time-budget=10000",
            f"--user-data-dir={tmp_path}",
            "--dump-dom",
            f"{running.base_url}/docs",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    operations = sum(len(path.keys() & {"get", "post", "put", "delete", "patch"}) for path in documented.values())
    assert len(re.findall(r'class="opblock opblock-', shown.stdout)) == operations
    assert "Content Security Policy" not in shown.stderr
