"""Offers in SQS."""

from veil.adapters.aws.queue import REFS, SqsWorkQueue
from veil.ports.queue import TaskRef


def test_a_function_that_is_called_with_messages_can_read_them(clients, queue_url):
    SqsWorkQueue(clients, queue_url).put(TaskRef("ana", 7))

    (message,) = clients.sqs.receive_message(QueueUrl=queue_url)["Messages"]

    assert REFS.load(message["Body"]) == TaskRef("ana", 7)


def test_two_lanes_do_not_mix(clients, queue_url):
    other_url = clients.sqs.create_queue(QueueName="batch")["QueueUrl"]

    SqsWorkQueue(clients, other_url).put(TaskRef("ana", 7))

    assert "Messages" not in clients.sqs.receive_message(QueueUrl=queue_url)
    assert len(clients.sqs.receive_message(QueueUrl=other_url)["Messages"]) == 1
