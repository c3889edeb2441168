"""From the log to people: the consumer that decides issues, the rules, and the sender with its notifiers."""
