"""Frozen types in the field's vocabulary: record, event, frame, issue, project, outcome, alert."""
