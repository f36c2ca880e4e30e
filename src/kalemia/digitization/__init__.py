"""From a printed page to a signal."""
