"""`python -m tests.bench NAME` prints a table, each figure beside its baseline of the same run."""
