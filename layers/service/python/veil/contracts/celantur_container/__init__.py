"""The REST mode of Celantur's container, beside the files of v1: forms and tasks (contracts/celantur.md part C)."""
