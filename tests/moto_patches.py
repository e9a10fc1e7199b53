"""Where moto answers otherwise than AWS, or works far more than there is to do."""

import copy

from moto.dynamodb.models.table import StreamShard
from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import MultipartDict


def patch_moto():
    """Change all of this process's moto.

    S3 says of an upload in parts that it does not exist; moto falls over it wherever it takes parts or joins them. And
    before each step of a transaction moto copies all of a stream's records, which never change: a third of what tests
    of AWS cost.
    """
    MultipartDict.__missing__ = _missing
    StreamShard.__deepcopy__ = _with_the_same_records


def _missing(uploads, upload_id):
    raise NoSuchUpload(upload_id=upload_id)


def _with_the_same_records(shard, memo):
    same = copy.copy(shard)
    memo[id(shard)] = same
    same.table, same.items = copy.deepcopy(shard.table, memo), list(shard.items)
    return same
