"""A Papermill engine whose notebooks run in children forked from a process that has the libraries loaded."""
