"""Every function works under the Python that the template asks for, on the layer that is deployed."""

import json
import platform
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from infra.build_layer import find_python
from tests.cloud.emulation.cloud import Outside
from tests.cloud.emulation.lambda_python import CloudOfLambdasPython, install_runtime_client
from tests.cloud.emulation.template import StackTemplate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ZIPPED = sorted(each.parent.name for each in (Path(__file__).parents[2] / "functions").glob("*/handler.py"))
PATIENCE = 120
MOST_TIMES_THE_SDK = 2.5  # 1.7 for the largest when this was written
IMPORT = """
import re, sys, time
from importlib import import_module
began = time.process_time()
import_module(sys.argv[1])
took = time.process_time() - began
print(took, int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024)
"""


@pytest.fixture(scope="module")
def python():
    found = find_python()
    if found is None:
        pytest.skip("Lambda's Python is neither on the path nor among pyenv's")
    return found


@pytest.fixture(scope="module")
def layer(repository):
    """The layer as `make layer` builds it for this machine's processor."""
    processor = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    subprocess.run([sys.executable, "-m", "infra.build_layer", processor], cwd=repository, check=True)
    return repository / f"build/layer-{processor}/python"


@pytest.fixture(scope="module")
def folders(layer, tmp_path_factory):
    """Everything that a function's Python finds besides the function."""
    runtime = tmp_path_factory.mktemp("runtime")
    install_runtime_client(runtime)
    return layer, runtime


@pytest.fixture(scope="module")
def cloud(synthesized, models, shared, receiver, accounts, python, folders, tmp_path_factory):  # noqa: PLR0917  # fixtures
    shared.make_room()
    outside = Outside("hooks.example.org", receiver.port, receiver.certificate[0])
    template, folder = StackTemplate(synthesized), tmp_path_factory.mktemp("cloud")
    with closing(
        CloudOfLambdasPython(template, folder, models=models, outside=outside, python=python, folders=folders)
    ) as cloud:
        for account in accounts.values():
            cloud.add_user(*account)
        yield cloud


def programs(function):
    """Return which programs a function's processes are."""
    return {Path(f"/proc/{each.process.pid}/exe").resolve().name for each in function.running}


def test_every_function_answers_under_lambdas_python(cloud, ana, portrait, receiver, eventually):
    task_id = ana.submit(portrait, webhook="https://hooks.example.org/under-lambdas-python")
    done = ana.ended(task_id, seconds=PATIENCE)
    eventually(lambda: [each for each in receiver.calls if each[0] == "/under-lambdas-python"], what="the webhook")
    listed = ana.call("GET", "/v1/list")
    without_key = [ana.call("GET", "/v1/job_result/none"), ana.call("PUT", "/v1/upload_session/none")]
    # A job that finds its task done ends at once.
    again = json.dumps({"owner": cloud.objects()[0].split("/")[0], "task_id": task_id})
    cloud.clients("sqs").send_message(QueueUrl=cloud.queue("GpuLaneWorkQueue"), MessageBody=again)
    eventually(lambda: cloud.jobs.exit_codes == [0], seconds=PATIENCE, what="the end of the job")
    ana.call("DELETE", f"/v2/task/{task_id}")
    eventually(lambda: not cloud.objects(), what="the deletion")
    cloud.buses.tick()
    job = {
        "jobId": "none",
        "statusReason": "Host EC2 lost",
        "container": {"environment": [{"name": "VEIL_TASKS", "value": "[]"}]},
    }
    cloud.functions["on_worker_exit"].invoke({"detail": job})

    assert done["task_status"] == "done"
    assert listed.status_code == 200
    assert [each.status_code for each in without_key] == [401, 403]
    assert {name: programs(cloud.functions[name]) for name in ZIPPED} == {name: {"python3.13"} for name in ZIPPED}
    assert cloud.endpoint.denials == []


def imported(python, module, environment):
    """Return the least processor time, in seconds, and the most megabytes that importing a module takes."""
    command = [python, "-c", IMPORT, module]
    runs = [subprocess.run(command, env=environment, capture_output=True, text=True, check=True) for _ in range(3)]
    seconds, megabytes = zip(*(map(float, run.stdout.split()) for run in runs), strict=True)
    return min(seconds), max(megabytes)


@pytest.mark.parametrize("folder", ZIPPED)
def test_importing_a_function_takes_little_more_than_the_sdk_and_50_megabytes(folder, repository, python, layer):
    told = {"POWERTOOLS_METRICS_NAMESPACE": "Veil", "POWERTOOLS_SERVICE_NAME": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    told |= {"PYTHONPATH": f"{layer}:{repository / 'functions' / folder}"}

    sdk, _ = imported(python, "boto3", told)
    seconds, megabytes = imported(python, "handler", told)

    assert seconds < MOST_TIMES_THE_SDK * sdk
    assert megabytes < 50
