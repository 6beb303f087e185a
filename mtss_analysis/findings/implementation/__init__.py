"""Is what was decided done, where does it break down, and can the data tell why."""
