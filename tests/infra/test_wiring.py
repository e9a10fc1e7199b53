"""Infrastructure names folders, variables, keys and events; here they meet the code that has them."""

import importlib
import json
import re
import tomllib
from datetime import timedelta

import pytest

from functions.anonymizer import advance_job
from veil.adapters.aws import batch, event_items, table, upload_sessions
from veil.domain.events import EventKind, JobEventKind
from veil.domain.job import SESSION_LIFE
from veil.domain.media import original_key
from veil.domain.task_facts import MAX_ATTEMPTS
from veil.domain.upload_blocks import LARGEST_UPLOAD_BYTES
from veil.http.errors import NOT_SIGNED_IN
from veil.settings import AnonymizerSettings, FunctionSettings, LaneSettings

NOT_OURS = re.compile("POWERTOOLS_|AWS_REGION")
# Set by Lambda itself, or by the Dockerfile for both lanes.
ELSEWHERE = {"AWS_REGION", "VEIL_MODELS", "VEIL_DEVICE"}


def settings_of(folder):
    if folder == "anonymizer":
        return AnonymizerSettings
    if folder == "on_worker_exit":
        return LaneSettings
    place = "functions.anonymizer.advance_job" if folder == "advance_job" else f"functions.{folder}.handler"
    module = importlib.import_module(place)
    own = getattr(module, "Settings", None)
    return own or next(
        each for each in vars(module).values() if isinstance(each, type) and issubclass(each, FunctionSettings)
    )


@pytest.mark.parametrize(
    "folder",
    [
        "advance_job",
        "anonymizer",
        "deliver_webhook",
        "files_api",
        "jobs_api",
        "on_deletion",
        "on_upload",
        "on_worker_exit",
        "recover_tasks",
        "sign_in",
        "start_batch_job",
        "tasks_api",
        "upload_blocks",
    ],
)
def test_a_function_is_told_exactly_what_it_reads(template, folder):
    told = {name for name in template.functions[folder]["Environment"]["Variables"] if not NOT_OURS.match(name)}
    reads = settings_of(folder).variables() - ELSEWHERE

    assert told == reads


def test_the_gpu_worker_is_told_what_it_reads(template):
    told = {each["Name"] for each in template.one("Batch::JobDefinition")["ContainerProperties"]["Environment"]}

    assert told >= AnonymizerSettings.variables() - {"VEIL_MODELS", "VEIL_DEVICE"}


def test_with_machines_videos_may_be_of_any_length_and_are_shared_by_as_many_as_there_are(template):
    told = template.functions["on_upload"]["Environment"]["Variables"]
    starter = template.functions["start_batch_job"]["Environment"]["Variables"]

    assert (told["VEIL_VIDEO_LIMIT_BYTES"], told["VEIL_VIDEO_LIMIT_PIXELS"]) == (str(4 << 30), "0")
    # gpu_max_vcpus, four for each.
    assert starter["VEIL_MOST_WORKERS"] == "4"


def test_every_handler_exists_in_its_folder(template, repository):
    for folder, function in template.functions.items():
        if "Handler" in function:
            assert function["Handler"] == "handler.lambda_handler"
            assert "def lambda_handler(" in (repository / "functions" / folder / "handler.py").read_text()


def test_the_table_has_the_keys_the_index_and_the_expiry_of_the_adapter(template):
    properties = template.one("DynamoDB::Table")
    index, listed = properties["GlobalSecondaryIndexes"]

    assert [each["AttributeName"] for each in properties["KeySchema"]] == [table.PARTITION_KEY, table.SORT_KEY]
    assert index["IndexName"] == table.SHELVES
    assert [each["AttributeName"] for each in index["KeySchema"]] == [table.SHELF, table.PLACE]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert listed["IndexName"] == table.LISTED
    assert [each["AttributeName"] for each in listed["KeySchema"]] == [table.LISTED, table.SORT_KEY]
    assert listed["Projection"] == {"NonKeyAttributes": [table.EXPIRES], "ProjectionType": "INCLUDE"}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": table.EXPIRES, "Enabled": True}
    assert properties["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"


def rules(template):
    return {template.names[name]: each for name, each in template.some("Events::Rule").items()}


def test_uploads_are_known_by_the_end_of_their_key(template):
    detail = rules(template)["Landed"]["EventPattern"]["detail"]

    assert detail["object"] == {"key": [{"suffix": "/original"}]}
    assert original_key("owner", 1).endswith("/original")
    assert detail["bucket"]["name"] == [{"Ref": next(iter(template.of("S3::Bucket")))}]
    assert template.one("S3::Bucket")["NotificationConfiguration"]["EventBridgeConfiguration"]


def test_rules_ask_for_kinds_that_exist_from_the_source_that_the_pipe_names(template):
    told = template.one("Pipes::Pipe")["TargetParameters"]["EventBridgeEventBusParameters"]
    on_our_bus = [each["EventPattern"] for each in rules(template).values() if "EventBusName" in each]

    assert on_our_bus
    for pattern in on_our_bus:
        assert (pattern["source"], pattern["detail-type"]) == ([told["Source"]], [told["DetailType"]])
        kinds = pattern["detail"].get("dynamodb", {}).get("NewImage", {}).get("kind", {}).get("S", [])
        assert set(kinds) <= {*EventKind, *JobEventKind}


def test_every_rule_has_a_target_and_loses_nothing(template):
    for rule in rules(template).values():
        for target in rule["Targets"]:
            assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0].startswith("LostEvents")


def test_rules_on_the_default_bus_ask_for_events_that_aws_sends(template):
    sent = {("aws.s3", "Object Created"), ("aws.batch", "Batch Job State Change")}
    patterns = [
        each["EventPattern"]
        for each in rules(template).values()
        if "EventBusName" not in each and "EventPattern" in each
    ]

    assert {(each["source"][0], each["detail-type"][0]) for each in patterns} == sent
    assert all(set(each) == {"source", "detail-type", "detail"} for each in patterns)


def test_the_pipe_takes_event_items_and_expired_tasks(template):
    filters = template.one("Pipes::Pipe")["SourceParameters"]["FilterCriteria"]["Filters"]

    happened, expired = (json.loads(each["Pattern"]) for each in filters)
    assert happened["dynamodb"]["Keys"] == {table.PARTITION_KEY: {"S": [{"prefix": event_items.EVENT_PREFIX}]}}
    assert happened["eventName"] == ["INSERT"]
    assert expired["eventName"] == rules(template)["TaskEventsRetentionOver"]["EventPattern"]["detail"]["eventName"]
    assert expired["dynamodb"]["Keys"] == {table.PARTITION_KEY: {"S": [{"prefix": "owner#"}]}}


def test_blocks_are_forgotten_when_their_urls_are_good_no_more(template):
    rules = template.one("S3::Bucket")["LifecycleConfiguration"]["Rules"]

    (rule,) = (each for each in rules if each.get("Prefix") == upload_sessions.PREFIX)
    assert rule["ExpirationInDays"] > SESSION_LIFE.days
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_uploads_in_blocks_are_as_large_as_the_contract_says_where_there_are_machines_for_them(template):
    for name in ("jobs_api", "upload_blocks"):
        told = template.functions[name]["Environment"]["Variables"]["VEIL_UPLOAD_LIMIT_BYTES"]
        assert told == str(LARGEST_UPLOAD_BYTES)


def test_nobody_looks_at_a_job_beside_a_function_that_still_may(template):
    function = template.functions["advance_job"]

    assert timedelta(seconds=function["Timeout"]) < advance_job.LOCK_LIFE


def test_the_pipe_gives_up_nothing_that_the_stream_still_has(template):
    stream = template.one("Pipes::Pipe")["SourceParameters"]["DynamoDBStreamParameters"]

    assert (stream["MaximumRetryAttempts"], stream["MaximumRecordAgeInSeconds"]) == (-1, -1)
    assert stream["OnPartialBatchItemFailure"] == "AUTOMATIC_BISECT"


def test_a_job_gets_no_more_tasks_than_fit_it(template):
    (mapping,) = (
        each
        for each in template.some("Lambda::EventSourceMapping").values()
        if each["EventSourceArn"]["Fn::GetAtt"][0].startswith("GpuLane")
    )

    assert mapping["BatchSize"] <= batch.MAX_TASKS


def test_an_offer_is_repeated_more_often_than_a_task_is_tried(template):
    for name, queue in template.some("SQS::Queue").items():
        if name.startswith(("ExpressLaneWork", "GpuLaneWork")) and "RedrivePolicy" in queue:
            assert queue["RedrivePolicy"]["maxReceiveCount"] > MAX_ATTEMPTS + 1


def test_the_default_classes_are_those_of_the_default_models_and_of_what_comes_with_veil(template, repository):
    catalogue = tomllib.loads((repository / "layers/vision/python/veil_vision/models/models.toml").read_text())
    there = [model for model in catalogue["models"] if model["default"] or "packaged" in model["source"]]
    found = {name for model in there for name in model["classes"]}

    for name in ("tasks_api", "files_api"):
        assert set(template.functions[name]["Environment"]["Variables"]["VEIL_CLASSES"].split(",")) == found


def test_the_gateway_refuses_in_the_shape_and_the_words_of_the_api(template):
    answers = {each["ResponseType"]: each for each in template.of("ApiGateway::GatewayResponse").values()}
    unauthorized = json.loads(answers["UNAUTHORIZED"]["ResponseTemplates"]["application/json"])

    assert unauthorized == {"status_code": 401, "error": NOT_SIGNED_IN}
    for answer in answers.values():
        body = json.loads(answer["ResponseTemplates"]["application/json"])
        assert (set(body), str(body["status_code"])) == ({"status_code", "error"}, answer["StatusCode"])


def test_alarms_on_our_own_counts_watch_what_functions_count(template, repository):
    counted = [each for each in template.of("CloudWatch::Alarm").values() if each.get("Namespace") == "Veil/veil"]

    assert counted
    for alarm in counted:
        (dimension,) = alarm["Dimensions"]
        sources = "".join(each.read_text() for each in (repository / "functions" / dimension["Value"]).glob("*.py"))
        # One function names its metric by the state of a delivery.
        name = alarm["MetricName"].replace("WebhookDead", "Webhook{settled.state")
        assert f'"{name}' in sources
