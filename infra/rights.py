"""What functions may do, in the words of the service. `stack.py` says who may do which of it."""

from collections.abc import Sequence

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from infra.storage import BLOCKS_PREFIX, Storage
from infra.task_table import INDEX, LISTED

# The adapters write by transactions, which need the right to put and nothing else.
CHANGE_TASKS = ("dynamodb:GetItem", "dynamodb:PutItem")
ORIGINAL = "*/original"
SEGMENTS = "*/segments/*"
FINDINGS = "*/findings.json.gz"
BLOCKS = f"{BLOCKS_PREFIX}*"
EVERYTHING = "*"


def allow(grantee: iam.IGrantable, actions: Sequence[str], resources: Sequence[str]) -> None:
    """Allow exactly these actions on exactly these resources."""
    grantee.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(actions=list(actions), resources=list(resources))
    )


def change_tasks(grantee: iam.IGrantable, table: dynamodb.ITable) -> None:
    """Read and write single items."""
    allow(grantee, CHANGE_TASKS, [table.table_arn])


def read_tasks(grantee: iam.IGrantable, table: dynamodb.ITable) -> None:
    """Read single items."""
    allow(grantee, ("dynamodb:GetItem",), [table.table_arn])


def spend_credits(grantee: iam.IGrantable, table: dynamodb.ITable) -> None:
    """Add to a key's balance, or take from it."""
    allow(grantee, ("dynamodb:UpdateItem",), [table.table_arn])


def list_tasks(grantee: iam.IGrantable, table: dynamodb.ITable) -> None:
    """List the tasks of an owner."""
    allow(grantee, ("dynamodb:Query",), [table.table_arn])


def find_tasks_of_jobs(grantee: iam.IGrantable, table: dynamodb.ITable) -> None:
    """Find the tasks of a job."""
    allow(grantee, ("dynamodb:Query", "dynamodb:BatchGetItem"), [table.table_arn])


def count_tasks(grantee: iam.IGrantable, table: dynamodb.ITable) -> None:
    """Count the tasks of an owner, by the index."""
    allow(grantee, ("dynamodb:Query",), [f"{table.table_arn}/index/{LISTED}"])


def find_waiting(grantee: iam.IGrantable, table: dynamodb.ITable) -> None:
    """Find what waits, of all owners, by the index."""
    allow(grantee, ("dynamodb:Query",), [f"{table.table_arn}/index/{INDEX}"])
    allow(grantee, ("dynamodb:BatchGetItem",), [table.table_arn])


def read_media(grantee: iam.IGrantable, storage: Storage, keys: str = EVERYTHING) -> None:
    """Read files, or sign URLs that do."""
    allow(grantee, ("s3:GetObject",), [storage.bucket.arn_for_objects(keys)])
    allow(grantee, ("kms:Decrypt",), [storage.key.key_arn])


def read_version(grantee: iam.IGrantable, storage: Storage, keys: str) -> None:
    """Read a file as it once was, which S3 allows apart from reading the newest."""
    allow(grantee, ("s3:GetObjectVersion",), [storage.bucket.arn_for_objects(keys)])


def write_media(grantee: iam.IGrantable, storage: Storage, keys: str = EVERYTHING) -> None:
    """Write files, or sign URLs that do. Uploads in parts need the key's decryption, and their end where one fails."""
    allow(grantee, ("s3:PutObject", "s3:AbortMultipartUpload"), [storage.bucket.arn_for_objects(keys)])
    allow(grantee, ("kms:Decrypt", "kms:GenerateDataKey"), [storage.key.key_arn])


def delete_media(grantee: iam.IGrantable, storage: Storage) -> None:
    """Delete all files below a prefix, in every version, and the parts of uploads."""
    allow(grantee, ("s3:ListBucketVersions", "s3:ListBucketMultipartUploads"), [storage.bucket.bucket_arn])
    allow(grantee, ("s3:AbortMultipartUpload",), [storage.bucket.arn_for_objects(ORIGINAL)])
    allow(grantee, ("s3:DeleteObject", "s3:DeleteObjectVersion"), [storage.bucket.arn_for_objects(EVERYTHING)])


def know_of_missing(grantee: iam.IGrantable, storage: Storage) -> None:
    """Be told "not there" instead of "forbidden" by S3."""
    allow(grantee, ("s3:ListBucket",), [storage.bucket.bucket_arn])


def send(grantee: iam.IGrantable, *queues: sqs.IQueue) -> None:
    """Put messages into the queues."""
    allow(grantee, ("sqs:SendMessage",), [queue.queue_arn for queue in queues])


def judge_uploads(grantee: iam.IGrantable, table: dynamodb.ITable, storage: Storage) -> None:
    """Read what was uploaded, decide about its task and delete what cannot be anonymized."""
    change_tasks(grantee, table)
    read_media(grantee, storage, ORIGINAL)
    delete_media(grantee, storage)
    know_of_missing(grantee, storage)


def take_blocks(grantee: iam.IGrantable, table: dynamodb.ITable, storage: Storage) -> None:
    """Write blocks of a job's upload, know which there are, and note that it is complete."""
    change_tasks(grantee, table)
    write_media(grantee, storage, BLOCKS)
    allow(grantee, ("s3:ListBucketVersions",), [storage.bucket.bucket_arn])


def advance_jobs(grantee: iam.IGrantable, table: dynamodb.ITable, storage: Storage) -> None:
    """Join a job's blocks, judge what they are, forget them, start and watch its tasks, and settle its credits."""
    judge_uploads(grantee, table, storage)
    find_tasks_of_jobs(grantee, table)
    spend_credits(grantee, table)
    read_media(grantee, storage, BLOCKS)
    read_version(grantee, storage, BLOCKS)
    write_media(grantee, storage, ORIGINAL)


def join_parts(grantee: iam.IGrantable, storage: Storage) -> None:
    """Begin uploads in parts, know which parts have arrived, and join them. Whoever does may delete media, too."""
    write_media(grantee, storage, ORIGINAL)
    allow(grantee, ("s3:ListMultipartUploadParts",), [storage.bucket.arn_for_objects(ORIGINAL)])


def work_on_pictures(grantee: iam.IGrantable, table: dynamodb.ITable, storage: Storage) -> None:
    """Judge uploads, read them as they were accepted, write what is made of them, and go on where others stopped."""
    judge_uploads(grantee, table, storage)
    read_media(grantee, storage, SEGMENTS)
    read_media(grantee, storage, FINDINGS)
    read_version(grantee, storage, ORIGINAL)
    write_media(grantee, storage)


def answer_for_tasks(grantee: iam.IGrantable, table: dynamodb.ITable, storage: Storage) -> None:
    """Make, change and list tasks, take uploads and refuse them, hand out files and delete them."""
    change_tasks(grantee, table)
    list_tasks(grantee, table)
    read_media(grantee, storage)
    delete_media(grantee, storage)
    know_of_missing(grantee, storage)
