"""The verbs of the service. Each one is a function of its ports."""
