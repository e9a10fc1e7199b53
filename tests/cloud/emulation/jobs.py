"""AWS Batch: each job the command of its image as a process, tried again as its definition says."""

import logging
import subprocess
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from uuid import uuid4

HOST_LOST = "Host EC2 (instance i-0123456789abcdef0) terminated."
_ESSENTIAL = "Essential container in task exited"
_log = logging.getLogger(__name__)


class Jobs:
    """Runs what is submitted and tells the default bus how it went."""

    def __init__(self, template, launch, put_event):
        self._definitions = {
            template.resolve({"Ref": name}): template.resolve(each)
            for name, each in template.of("Batch::JobDefinition").items()
        }
        self._launch = launch
        self._put_event = put_event
        self._pool = ThreadPoolExecutor(1)
        self._lost_hosts = set()
        self.running = {}
        self.exit_codes = []
        self.submitted = []

    def submit(self, asked):
        """Take a job as the API SubmitJob does."""
        job_id = str(uuid4())
        self._pool.submit(self._run, job_id, asked)
        return {"jobId": job_id, "jobName": asked["jobName"]}

    def reclaim_host(self, job_id):
        """Take the machine away, as Spot does: SIGTERM, and whatever the job makes of it, its host is gone."""
        self._lost_hosts.add(job_id)
        self.running[job_id].terminate()

    def close(self):
        for process in list(self.running.values()):
            process.kill()
        self._pool.shutdown(cancel_futures=True)

    def _run(self, job_id, asked):
        """Run a job, or the children of an array one after the other; what depends on them comes later anyway."""
        size = asked.get("arrayProperties", {}).get("size")
        if size is None:
            self._run_one(job_id, asked, {})
        for index in range(size or 0):
            self._run_one(f"{job_id}:{index}", asked, {"AWS_BATCH_JOB_ARRAY_INDEX": str(index)})

    def _run_one(self, job_id, asked, numbers):
        self.submitted.append(asked)
        definition = self._definitions[asked["jobDefinition"]]
        told = [*definition["ContainerProperties"]["Environment"], *_upper(asked["containerOverrides"]["environment"])]
        strategy = definition["RetryStrategy"]
        for attempt in range(1, strategy["Attempts"] + 1):
            variables = {each["Name"]: each["Value"] for each in told} | numbers
            code = self._attempt(job_id, attempt, definition, variables)
            reason = HOST_LOST if job_id in self._lost_hosts else _ESSENTIAL
            self._lost_hosts.discard(job_id)
            if code == 0 or not _again(strategy, reason):
                break
        self._tell(job_id, asked, told, "SUCCEEDED" if code == 0 else "FAILED", reason)

    def _attempt(self, job_id, attempt, definition, told):
        launch = self._launch(definition)
        numbers = {"AWS_BATCH_JOB_ID": job_id, "AWS_BATCH_JOB_ATTEMPT": str(attempt)}
        with launch.log.open("ab") as log:
            process = subprocess.Popen(
                launch.arguments,
                cwd=launch.folder,
                env=launch.environment | told | numbers,
                stdout=log,
                stderr=log,
            )
        self.running[job_id] = process
        code = process.wait()
        del self.running[job_id]
        self.exit_codes.append(code)
        return code

    def _tell(self, job_id, asked, told, status, reason):
        environment = [{"name": each["Name"], "value": each["Value"]} for each in told]
        detail = {
            "jobId": job_id,
            "jobName": asked["jobName"],
            "jobQueue": asked["jobQueue"],
            "status": status,
            "statusReason": reason,
            "container": {"environment": environment},
        }
        self._put_event("aws.batch", "Batch Job State Change", detail)


def _upper(environment):
    return [{"Name": each["name"], "Value": each["value"]} for each in environment]


def _again(strategy, reason):
    """Say what the first rule that fits says of a container that ended with this reason."""
    for rule in strategy["EvaluateOnExit"]:
        if fnmatchcase(reason, rule.get("OnStatusReason", "*")):
            return rule["Action"].upper() == "RETRY"
    return True
