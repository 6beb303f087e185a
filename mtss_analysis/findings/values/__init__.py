"""What the measures that plans and causes name stood at, school by school and window by window."""
