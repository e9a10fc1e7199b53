"""IAM as far as the template uses it: what roles may do, and who may call a function or fill a queue."""

from fnmatch import fnmatchcase

from tests.cloud.emulation.errors import NotEmulatedError


class Rights:
    """The template's policies, with their references resolved."""

    def __init__(self, template):
        self._of_role = {}
        for policy in map(template.resolve, template.of("IAM::Policy").values()):
            for role in policy["Roles"]:
                self._of_role.setdefault(role, []).extend(policy["PolicyDocument"]["Statement"])
        self._invocations = list(map(template.resolve, template.of("Lambda::Permission").values()))
        policies = map(template.resolve, template.of("SQS::QueuePolicy").values())
        self._on_queues = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]

    def allows(self, role, action, resource):
        """Say whether the role's own policies allow the action on the resource's ARN."""
        return any(_allows(statement, action, resource) for statement in self._of_role.get(role, ()))

    def may_invoke(self, service, source, function):
        """Say whether the service may call the function's ARN on behalf of the source's ARN."""
        return any(
            each["Principal"] == service and each["FunctionName"] == function and fnmatchcase(source, each["SourceArn"])
            for each in self._invocations
        )

    def may_send(self, rule, queue):
        """Say whether EventBridge may put events of the rule into the queue, both given by ARN."""
        return any(
            _allows(each, "sqs:SendMessage", queue)
            and each["Principal"] == {"Service": "events.amazonaws.com"}
            and each["Condition"] == {"ArnEquals": {"aws:SourceArn": rule}}
            for each in self._on_queues
            if each["Effect"] == "Allow"
        )


def _allows(statement, action, resource):
    if statement["Effect"] != "Allow":
        raise NotEmulatedError("No role of the template had a denial when this was written.")
    actions, resources = _listed(statement["Action"]), _listed(statement["Resource"])
    return any(fnmatchcase(action, each) for each in actions) and any(fnmatchcase(resource, each) for each in resources)


def _listed(value):
    return value if isinstance(value, list) else [value]
