"""The event log on Kafka: one topic, the project's id decides the partition; docs/adr/0019 says why it is done this way."""
