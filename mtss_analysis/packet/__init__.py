"""From executed notebooks to a packet that can be read: run, assemble, render, list."""
