"""Where is the school, where is it going, for whom: the chapter on trends."""
