"""The answer to a request none of whose events was kept."""

from ingest_api.http import Answer, Refused, refusal, status_of
from ingest_api.pipeline import INTERNAL_ERROR, Accepted


def refused_whole(accepted: Accepted) -> Answer:
    """As the first event's fault says; it is counted already."""
    dropped = next(result.dropped for result in accepted.results if result.dropped)
    status = 500 if dropped.reason == INTERNAL_ERROR else status_of(dropped.reason)
    return refusal(Refused(status, dropped.detail, why=dropped.reason))
