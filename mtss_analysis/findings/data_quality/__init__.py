"""What data a packet rests on, by which methods, and in which words."""
