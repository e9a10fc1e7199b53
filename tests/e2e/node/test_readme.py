"""What the README and the example client say works, as written."""

import os
import re
import shutil
import subprocess
import sys

import pytest

MISSING = [tool for tool in ("bash", "curl", "jq") if shutil.which(tool) is None]


@pytest.mark.skipif(bool(MISSING), reason=f"not on this machine: {', '.join(MISSING)}")
def test_the_readmes_commands_bring_an_anonymized_photo(plain, repository, portrait, tmp_path):
    plain.add_account("readme", "correct-horse")
    script = re.search(r"```bash\n(.*?)```", (repository / "README.md").read_text(), re.DOTALL).group(1)
    script = script.replace("http://127.0.0.1:8080", plain.base_url).replace('"ana"', '"readme"')
    (tmp_path / "party.jpg").write_bytes(portrait)

    subprocess.run(["bash", "-euc", script], cwd=tmp_path, check=True, timeout=60)

    assert (tmp_path / "anonymized.jpg").read_bytes().startswith(b"\xff\xd8")


@pytest.mark.skipif(bool(MISSING), reason=f"not on this machine: {', '.join(MISSING)}")
def test_the_commands_for_uploads_in_parts_start_a_task(plain, repository, large_portrait, tmp_path):
    plain.add_account("parts", "correct-horse")
    client = plain.client(("parts", "correct-horse"))
    task = client.create()
    guide = (repository / "docs/api/v2.md").read_text().partition("## Uploads in parts")[2]
    script = re.search(r"```sh\n(.*?)```", guide, re.DOTALL).group(1)
    told = {"BASE": plain.base_url, "TASK_ID": str(task["task_id"]), "TOKEN": client.token}
    (tmp_path / "ride.mp4").write_bytes(large_portrait)

    subprocess.run(["bash", "-euc", script], cwd=tmp_path, env=os.environ | told, check=True, timeout=60)

    assert client.ended(task["task_id"])["task_status"] == "done"


def test_the_example_client_brings_everything_a_task_made(plain, repository, portrait, tmp_path):
    plain.add_account("example", "correct-horse")
    (tmp_path / "photo.jpg").write_bytes(portrait)
    program = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(repository / "docs" / "examples")!r})
from client import Account, anonymize, download
account = Account({plain.base_url!r}, "example", "correct-horse")
task = anonymize(account, Path("photo.jpg"), anonymization_method="pixelate", face=True)
print(*sorted(file.name for file in download(account, task, Path("out"))))
"""

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=tmp_path, check=True, timeout=60, capture_output=True
    )

    assert done.stdout.decode().split() == ["anonymized.jpg", "binary_mask.png", "instance_mask.png", "metadata.json"]
