"""The cloud: DynamoDB, S3, SQS, Batch and Cognito. Importing a module loads no SDK."""
