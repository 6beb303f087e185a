"""One question per package: tables in, one frozen result out that holds nothing that may not be printed."""
