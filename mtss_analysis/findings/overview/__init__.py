"""What a district's or a state's leaders ask: which schools stand apart, where the needs are, what is shared."""
