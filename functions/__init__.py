"""Every process that starts in the cloud: one folder is one thing that is deployed, one file thick."""
