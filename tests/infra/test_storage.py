"""The bucket of media: how it is kept, and what a browser may do there."""


def test_a_browser_may_put_a_part_and_read_its_etag(template):
    (rule,) = template.one("S3::Bucket")["CorsConfiguration"]["CorsRules"]

    assert "PUT" in rule["AllowedMethods"]
    assert rule["ExposedHeaders"] == ["ETag"]


def test_the_bucket_is_private_encrypted_and_reached_by_tls_only(template):
    bucket = template.one("S3::Bucket")
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    denied = [
        statement["Condition"]
        for statement in template.one("S3::BucketPolicy")["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
    ]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied
    assert "AccessControl" not in bucket
