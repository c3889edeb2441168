"""The answer to a request none of whose events was kept, and what clients are told of limits."""

from ingest_api.http import Answer, RawHeaders, Refused, refusal, status_of
from ingest_api.pipeline import INTERNAL_ERROR, Accepted
from seiche.model.outcome import Dropped, Outcome
from seiche.protocol import items

LIMITED = Dropped(Outcome.RATE_LIMITED, "limited", "above a limit of the key, the project or the organization: see X-Sentry-Rate-Limits")


def refused_all(accepted: Accepted) -> bool:
    """Filtered events are no failure: that they are not wanted is the project's business, and the SDK shall not send them again."""
    if not accepted.results:
        return not accepted.kept and bool(accepted.refusals)
    return all(result.dropped and result.dropped.outcome is not Outcome.FILTERED for result in accepted.results)


def refused_whole(accepted: Accepted) -> Answer:
    """As the first event's fault says; it is counted already."""
    dropped = next((result.dropped for result in accepted.results if result.dropped), LIMITED)
    if dropped.outcome is Outcome.RATE_LIMITED:
        return refusal(Refused(429, dropped.detail, why=dropped.reason, headers=told(accepted)))
    status = 500 if dropped.reason == INTERNAL_ERROR else status_of(dropped.reason)
    return refusal(Refused(status, dropped.detail, why=dropped.reason, headers=told(accepted)))


def told(accepted: Accepted) -> RawHeaders:
    """`X-Sentry-Rate-Limits`: limits that were met, and what is not kept at all; `Retry-After` for clients that know only that."""
    limits = [one.header for one in accepted.refusals]
    if accepted.unsupported and (unwanted := items.unwanted(accepted.unsupported)):
        limits.append(unwanted)
    if not limits:
        return ()
    header = (b"x-sentry-rate-limits", ", ".join(limits).encode())
    if not accepted.refusals:
        return (header,)
    return header, (b"retry-after", str(max(one.retry_after_seconds for one in accepted.refusals)).encode())
