"""A normalised event in the API's shape."""

from datetime import datetime

import msgspec

from query_api.schemas import BreadcrumbView, EventDetail, EventRow, ExceptionView, FrameView, SymbolicationView, UserView
from query_api.times import moment
from seiche.model.event import Breadcrumb, Event, ExceptionValue, Frame, Symbolication
from seiche.model.issue import Grouping

LAST_SECOND = 253_402_300_799
"""Of the year 9999: a breadcrumb's time is the SDK's own and may be anything."""


def event_detail(event: Event, grouping: Grouping, project: str) -> EventDetail:
    """Everything but its issue and its neighbours."""
    return EventDetail(
        event_id=event.event_id,
        project=project,
        issue_id=None,
        received_at=moment(event.received_at_us),
        occurred_at=moment(event.occurred_at_us),
        platform=event.platform,
        level=event.level,
        logger=event.logger,
        transaction=event.transaction,
        server_name=event.server_name,
        release=event.release,
        dist=event.dist,
        environment=event.environment,
        message=event.message,
        title=grouping.title,
        culprit=grouping.culprit,
        exceptions=[_exception(value) for value in event.exceptions],
        thread_frames=[frame_view(frame) for frame in event.thread_frames],
        breadcrumbs=[_breadcrumb(crumb) for crumb in event.breadcrumbs],
        tags=list(event.tags),
        user=UserView(
            id=event.user.id, email=event.user.email, username=event.user.username, ip_address=event.user.ip_address, data=event.user.data
        ),
        request=event.request,
        contexts=event.contexts,
        extra=event.extra,
        modules=event.modules,
        sdk=f"{event.sdk_name} {event.sdk_version}".strip(),
        remarks=list(event.remarks),
        older_event_id=None,
        newer_event_id=None,
    )


def event_row(event: Event, grouping: Grouping) -> EventRow:
    """The same line that `events_hot` would give."""
    return EventRow(
        event_id=event.event_id,
        received_at=moment(event.received_at_us),
        occurred_at=moment(event.occurred_at_us),
        title=grouping.title,
        level=event.level,
        release=event.release,
        environment=event.environment,
        user=event.user.key,
    )


def _exception(value: ExceptionValue) -> ExceptionView:
    return ExceptionView(
        type=value.type,
        value=value.value,
        module=value.module,
        handled=value.handled,
        mechanism=value.mechanism,
        mechanism_data=value.mechanism_data,
        exception_id=value.exception_id,
        parent_id=value.parent_id,
        is_group=value.is_group,
        frames=[frame_view(frame) for frame in value.frames],
    )


def frame_view(frame: Frame) -> FrameView:
    """One frame."""
    return FrameView(
        function=frame.function,
        module=frame.module,
        filename=frame.filename,
        abs_path=frame.abs_path,
        lineno=frame.lineno,
        colno=frame.colno,
        in_app=frame.in_app,
        context_line=frame.context_line,
        pre_context=list(frame.pre_context),
        post_context=list(frame.post_context),
        vars=frame.vars,
        symbolication=_symbolication(frame.symbolication),
    )


def _symbolication(found: Symbolication | None) -> SymbolicationView | None:
    return SymbolicationView(**msgspec.structs.asdict(found)) if found is not None else None


def _breadcrumb(crumb: Breadcrumb) -> BreadcrumbView:
    return BreadcrumbView(
        timestamp=_time(crumb.timestamp),
        type=crumb.type,
        category=crumb.category,
        level=crumb.level,
        message=crumb.message,
        data=crumb.data,
    )


def _time(seconds: float | None) -> datetime | None:
    return moment(int(seconds * 1_000_000)) if seconds is not None and 0 <= seconds <= LAST_SECOND else None
