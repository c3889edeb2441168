"""Single events and the lists of an issue's events."""
