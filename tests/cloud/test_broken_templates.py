"""The wiring is nowhere but in the template: break one piece of it, and the way ends there."""

import pytest

from tests.e2e.client import wait_until


def of(resources, kind, beginning=""):
    return {name: each for name, each in resources.items() if each["Type"] == kind and name.startswith(beginning)}


def only(resources, kind, beginning):
    (found,) = of(resources, kind, beginning).values()
    return found["Properties"]


def statements(resources, role):
    return only(resources, "AWS::IAM::Policy", role)["PolicyDocument"]["Statement"]


def another_suffix(resources):
    only(resources, "AWS::Events::Rule", "Landed")["EventPattern"]["detail"]["object"]["key"] = [{"suffix": "/upload"}]


def no_queue_to_offer_in(resources):
    del only(resources, "AWS::Lambda::Function", "FunctionsOnUpload")["Environment"]["Variables"]["VEIL_EXPRESS_QUEUE"]


def no_right_to_queue(resources):
    found = statements(resources, "FunctionsOnUploadRole")
    found[:] = [each for each in found if each["Action"] != "sqs:SendMessage"]


def a_queue_that_takes_no_events(resources):
    for each in of(resources, "AWS::SQS::QueuePolicy", "UploadsQueuePolicy").values():
        found = each["Properties"]["PolicyDocument"]["Statement"]
        found[:] = [statement for statement in found if statement["Effect"] == "Deny"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "status"),
    [
        (another_suffix, "new"),
        (no_queue_to_offer_in, "new"),
        (no_right_to_queue, "queued"),
        (a_queue_that_takes_no_events, "new"),
    ],
)
def test_a_broken_trigger_variable_or_grant_stops_the_photo(deployed, new_client, portrait, change, status):
    with deployed(change) as cloud:
        ana = new_client(cloud)
        task_id = ana.submit(portrait)
        wait_until(lambda: ana.status(task_id)["task_status"] == status, what="the way up to what is broken")

        with pytest.raises(AssertionError, match="did not happen"):
            ana.ended(task_id, seconds=5)
        assert ana.status(task_id)["task_status"] == status


def test_without_the_right_to_write_no_task_is_created(deployed, new_client):
    def take_away(resources):
        for each in statements(resources, "FunctionsTasksApiRole"):
            each["Action"] = [action for action in _listed(each["Action"]) if action != "dynamodb:PutItem"]

    with deployed(take_away) as cloud:
        answer = new_client(cloud).request_task()

    assert answer.status_code == 500
    assert {action for _, action, _ in cloud.endpoint.denials} == {"dynamodb:PutItem"}


@pytest.mark.slow
def test_a_gateway_that_may_not_call_the_function_says_so(deployed, new_client):
    def take_away(resources):
        for name in of(resources, "AWS::Lambda::Permission", "RestApiGatewayv2task"):
            del resources[name]

    with deployed(take_away) as cloud:
        answer = new_client(cloud).request_task()

    assert answer.status_code == 500


def test_a_function_that_may_not_read_its_queue_is_not_even_deployed(deployed):
    def take_away(resources):
        found = statements(resources, "ExpressLaneRole")
        found[:] = [each for each in found if "sqs:ReceiveMessage" not in _listed(each["Action"])]

    with pytest.raises(PermissionError, match="sqs:ReceiveMessage"), deployed(take_away):
        pass


def _listed(value):
    return value if isinstance(value, list) else [value]
