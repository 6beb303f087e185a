"""Which factors carry a trend, at which level, and what can the data not tell: the chapter on root causes."""
