"""What the log says of a file: its bytes are in the raw store, durable before the record that names them."""

import msgspec


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an ITEM record of type `attachment`, as JSON."""

    key: str
    """In the raw store; begins with the project's folder."""
    name: str
    """A file name, never a path."""
    content_type: str
    attachment_type: str
    """Sentry's: event.attachment, event.minidump, event.view_hierarchy, ..."""
    size: int
    sha256: str
