"""What did an intervention do, and how far can the answer be trusted: the chapter on intervention effects."""
