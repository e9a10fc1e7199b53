"""Which rights a request to AWS needs: pairs of an action and the ARN of a resource."""

import json
from urllib.parse import unquote
from xml.etree import ElementTree

from tests.cloud.emulation.errors import NotEmulatedError
from tests.cloud.emulation.template import ACCOUNT, REGION


def demands(service, request):
    """Return what the caller must be allowed to do. A request that is not known here is an error."""
    return list(_OF_SERVICE[service](request))


def _of_dynamodb(request):
    action, asked = _target(request), json.loads(request.body)
    if action == "TransactWriteItems":
        for item in asked["TransactItems"]:
            ((kind, put),) = item.items()
            yield f"dynamodb:{kind}Item", _table(put["TableName"])
    elif action == "BatchGetItem":
        yield from ((f"dynamodb:{action}", _table(name)) for name in asked["RequestItems"])
    else:
        index = f"/index/{asked['IndexName']}" if "IndexName" in asked else ""
        yield f"dynamodb:{action}", _table(asked["TableName"]) + index


def _of_sqs(request):
    queue = json.loads(request.body)["QueueUrl"].rpartition("/")[2]
    yield f"sqs:{_target(request)}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"


def _of_cognito(request):
    asked = json.loads(request.body)
    yield f"cognito-idp:{_target(request)}", f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{asked['UserPoolId']}"


def _of_identities(request):
    pool = json.loads(request.body)["IdentityPoolId"]
    arn = f"arn:aws:cognito-identity:{REGION}:{ACCOUNT}:identitypool/{pool}"
    yield f"cognito-identity:{_target(request)}", arn


def _of_secrets(request):
    yield f"secretsmanager:{_target(request)}", json.loads(request.body)["SecretId"]


def _of_batch(request):
    if request.path != "/v1/submitjob":
        raise NotEmulatedError(request.path)
    asked = json.loads(request.body)
    yield from (("batch:SubmitJob", asked[key]) for key in ("jobQueue", "jobDefinition"))


def _of_s3(request):
    bucket, _, key = unquote(request.path).lstrip("/").partition("/")
    arn = f"arn:aws:s3:::{bucket}"
    if key:
        yield _on_object(request), f"{arn}/{key}"
    elif request.method == "POST" and "delete" in request.args:
        yield from _deletions(arn, request.body)
    elif request.method == "GET":
        yield _on_bucket(request), arn
    else:
        raise NotEmulatedError(f"{request.method} of a bucket")


def _on_bucket(request):
    listed = {"versions": "s3:ListBucketVersions", "uploads": "s3:ListBucketMultipartUploads"}
    return next((action for name, action in listed.items() if name in request.args), "s3:ListBucket")


def _on_object(request):
    if request.method == "DELETE":
        return "s3:AbortMultipartUpload" if "uploadId" in request.args else "s3:DeleteObject"
    if request.method == "GET" and "uploadId" in request.args:
        return "s3:ListMultipartUploadParts"
    if request.method in {"GET", "HEAD"}:
        return "s3:GetObjectVersion" if "versionId" in request.args else "s3:GetObject"
    return {"PUT": "s3:PutObject", "POST": "s3:PutObject"}[request.method]


def _deletions(arn, body):
    root = ElementTree.fromstring(body)
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    for each in root.iter(f"{space}Object"):
        versioned = each.find(f"{space}VersionId") is not None
        yield ("s3:DeleteObjectVersion" if versioned else "s3:DeleteObject"), f"{arn}/{each.findtext(f'{space}Key')}"


def _target(request):
    return request.headers["X-Amz-Target"].rpartition(".")[2]


def _table(name):
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


_OF_SERVICE = {
    "batch": _of_batch,
    "cognito-identity": _of_identities,
    "cognito-idp": _of_cognito,
    "dynamodb": _of_dynamodb,
    "s3": _of_s3,
    "secretsmanager": _of_secrets,
    "sqs": _of_sqs,
}
