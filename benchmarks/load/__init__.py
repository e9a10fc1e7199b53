"""A model of the cloud under load: which limit bends first, how long photos wait, what it costs."""
