"""No message is lost in silence: dead letters, alarms, and room to handle what waits."""


def dead_letter_queues(template):
    return {
        each["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for each in template.some("SQS::Queue").values()
        if "RedrivePolicy" in each
    }


def lost_events(template):
    (name,) = (each for each in template.of("SQS::Queue") if each.startswith("LostEvents"))
    return name


def test_every_queue_has_dead_letters_and_each_has_an_alarm(template):
    queues, last_resorts = template.of("SQS::Queue"), dead_letter_queues(template) | {lost_events(template)}
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in template.some("CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Dimensions"]
    }

    assert {name for name, each in queues.items() if "RedrivePolicy" not in each} == last_resorts
    assert watched == last_resorts


def test_every_alarm_calls_somebody(template):
    (topic,) = template.of("SNS::Topic")

    for alarm in template.some("CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": topic}]
        assert alarm["AlarmDescription"]


def test_every_queue_is_encrypted_and_keeps_what_nobody_could_handle_for_two_weeks(template):
    for queue in template.some("SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_message_stays_hidden_for_longer_than_its_function_runs(template):
    for mapping in template.some("Lambda::EventSourceMapping").values():
        queue = template.of("SQS::Queue")[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
        function = template.of("Lambda::Function")[mapping["FunctionName"]["Ref"]]

        assert queue["VisibilityTimeout"] >= function["Timeout"] + 60
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_lambda_lets_a_function_feed_its_own_queue_where_it_has_an_end_for_that(template):
    """What Lambda takes for a loop it stops at the seventeenth run: a day of calls to a slow webhook has a hundred."""
    allowed = {name for name, each in template.functions.items() if each.get("RecursiveLoop") == "Allow"}

    assert allowed == set(feeding_themselves(template)) == {"deliver_webhook"}


def feeding_themselves(template):
    """Yield the functions that may send messages to the queue that they work off."""
    folders = {
        each["Role"]["Fn::GetAtt"][0]: (name, template.rights(each["Role"]["Fn::GetAtt"][0]))
        for name, each in template.functions.items()
    }
    for mapping in template.some("Lambda::EventSourceMapping").values():
        function = template.of("Lambda::Function")[mapping["FunctionName"]["Ref"]]
        name, rights = folders[function["Role"]["Fn::GetAtt"][0]]
        if f"sqs:SendMessage on {template.words(mapping['EventSourceArn'])}" in rights:
            yield name
