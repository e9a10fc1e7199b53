"""Microsoft's own client of blob storage against the upload URL of a job."""

import pytest
from azure.core.exceptions import ClientAuthenticationError, ResourceExistsError
from azure.storage.blob import BlobBlock, BlobClient

from tests.e2e.syntonym_client import SyntonymClient
from veil.adapters.clock import SystemClock
from veil.use_cases.api_keys import add_key


@pytest.fixture
def session(plain, tmp_path, portrait, request):
    """A client, the URL for its file, and its job."""
    (tmp_path / "a.jpg").write_bytes(portrait)
    made = add_key(request.node.name, keys=plain.stores().api_keys, clock=SystemClock(), credits_granted=1)
    client = SyntonymClient(f"{plain.base_url}/v1", made.secret, tmp_path)
    return client, *client.create_session("a.jpg")


@pytest.mark.parametrize("single_put_bytes", [64 << 20, 1 << 10], ids=["at once", "in blocks"])
def test_upload_blob_brings_a_file_whole(single_put_bytes, session, portrait):
    client, uri, job_id = session
    sizes = {"max_single_put_size": single_put_bytes, "max_block_size": 10_000}

    with BlobClient.from_blob_url(uri, **sizes) as blob:
        blob.upload_blob(portrait, overwrite=True)
    client.approve(job_id)

    assert client.wait(job_id)["job_status"] == 100


def test_what_was_uploaded_once_is_not_replaced(session, portrait):
    _, uri, _ = session
    with BlobClient.from_blob_url(uri, retry_total=0) as blob:
        blob.upload_blob(portrait)

        with pytest.raises(ResourceExistsError):
            blob.upload_blob(b"another", overwrite=True)


def test_blocks_are_committed_in_the_order_of_the_list(session, portrait):
    client, uri, job_id = session
    half = len(portrait) // 2

    with BlobClient.from_blob_url(uri) as blob:
        blob.stage_block("two", portrait[half:])
        blob.stage_block("one", portrait[:half])
        blob.commit_block_list([BlobBlock("one"), BlobBlock("two")])
    client.approve(job_id)

    assert client.wait(job_id)["job_status"] == 100


def test_a_url_with_another_signature_is_refused(session):
    _, uri, _ = session

    with BlobClient.from_blob_url(f"{uri}0", retry_total=0) as blob, pytest.raises(ClientAuthenticationError):
        blob.upload_blob(b"x")
