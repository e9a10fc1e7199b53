"""What importing the routes may cost a Lambda function that starts cold (field/aws.md section 5)."""

import subprocess
import sys

PROGRAM = """
import sys
import veil.http.resolver, veil.http.sign_in, veil.http.status_api, veil.http.tasks_api
import veil.http.files_api, veil.http.container_api
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
HEAVY = {
    "aws_xray_sdk",
    "boto3",
    "cv2",
    "numpy",
    "onnxruntime",
    "pydantic",
    "sqlite3",
    "starlette",
    "uvicorn",
}


def test_importing_the_routes_loads_nothing_heavy():
    ran = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, timeout=60)

    assert HEAVY & set(ran.stdout.split()) == set()
