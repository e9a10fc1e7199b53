"""The load model's deployment is the one that is deployed."""

from benchmarks.load.limits import BATCH_WINDOW_SECONDS, SHELVES, TASKS_PER_JOB
from benchmarks.load.settings import Settings
from veil.adapters.aws import table


def test_its_queues_call_as_many_functions_at_once_as_the_templates(template):
    folders = {
        name: each["Environment"]["Variables"].get("POWERTOOLS_SERVICE_NAME")
        for name, each in template.of("Lambda::Function").items()
    }
    mappings = {
        folders[each["FunctionName"]["Ref"]]: each for each in template.of("Lambda::EventSourceMapping").values()
    }

    at_once = {name: each["ScalingConfig"]["MaximumConcurrency"] for name, each in mappings.items()}
    assert at_once == {
        "on_upload": Settings().uploads_at_once,
        "anonymizer": Settings().express_concurrency,
        "deliver_webhook": Settings().webhooks_at_once,
        "start_batch_job": 2,
    }
    assert mappings["start_batch_job"]["BatchSize"] == TASKS_PER_JOB
    assert mappings["start_batch_job"]["MaximumBatchingWindowInSeconds"] == BATCH_WINDOW_SECONDS


def test_its_doors_are_the_templates(template):
    stage = template.one("ApiGateway::Stage")
    (limit,) = (
        each["Statement"]["RateBasedStatement"]["Limit"]
        for each in template.one("WAFv2::WebACL")["Rules"]
        if "RateBasedStatement" in each["Statement"]
    )

    assert stage["MethodSettings"][0]["ThrottlingRateLimit"] == Settings().requests_per_second
    assert limit == Settings().waf_requests_per_5_minutes
    assert template.one("Batch::ComputeEnvironment")["ComputeResources"]["MaxvCpus"] == Settings().gpu_max_vcpus


def test_its_index_has_the_tables_shelves():
    assert table.SHARDS == SHELVES
