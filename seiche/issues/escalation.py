"""Whether an issue escalates: this hour against the busiest hour of its own past week. Pure, and short enough to be said in a sentence."""

FACTOR = 3
LEAST_EVENTS = 20
"""In the hour: below that nobody is in a hurry."""
WEEK_HOURS = 168
LEAST_AGE_US = 86_400 * 1_000_000
"""A younger issue has no past to compare with; it is new, which says as much."""


def escalates(this_hour: int, busiest_hour: int) -> str:
    """Why, or "" where it does not: `busiest_hour` is the most events of any of the 168 hours before."""
    if this_hour < LEAST_EVENTS or this_hour <= FACTOR * busiest_hour:
        return ""
    before = f"had {busiest_hour}" if busiest_hour else "had none"
    return f"{this_hour} events this hour; the busiest hour of the week before {before}"
