"""Nothing is loaded at import that a cold start would pay for in vain."""

import json
import subprocess
import sys

import pytest

FOLDERS = (
    "tasks_api",
    "files_api",
    "sign_in",
    "on_upload",
    "start_batch_job",
    "on_worker_exit",
    "recover_tasks",
    "deliver_webhook",
    "on_deletion",
)
HEAVY = {
    "boto3",
    "botocore.session",
    "numpy",
    "cv2",
    "onnxruntime",
    "aws_xray_sdk",
    "aws_lambda_powertools.event_handler",
    "pydantic",
    "veil_vision",
    "starlette",
    "sqlite3",
    "uvicorn",
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_importing_a_function_loads_no_sdk_no_pixels_and_no_tracing(folder, repository):
    program = f"import sys, json, functions.{folder}.handler; print(json.dumps(sorted(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=True)

    assert HEAVY & set(json.loads(done.stdout)) == set()
