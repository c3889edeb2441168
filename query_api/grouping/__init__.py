"""What people do to groups: merge, unmerge, move, undo; regrouping history."""
