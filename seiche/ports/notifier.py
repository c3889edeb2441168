"""A way out for notifications."""

from typing import Protocol

from seiche.model.alert import Channel, Notification


class Notifier(Protocol):
    """Delivers at least once: `delivery_id` lets the receiver drop a repeat."""

    channel: Channel

    def send(self, notification: Notification) -> None:
        """Deliver, or raise `Transient` (retry later) or `Terminal` (give up and tell the operator).

        Bounded in time (15 s). Never follows a redirect and never speaks to an address that policy forbids.
        """
        ...
