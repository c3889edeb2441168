"""Ways out for notifications: one `Notifier` a channel."""

from alerts.notifiers.mail import MailNotifier
from alerts.notifiers.webhook import WebhookNotifier
from seiche.model.alert import Channel
from seiche.ports.notifier import Notifier
from seiche.settings import AlertSettings


def configured_notifiers(settings: AlertSettings) -> dict[Channel, Notifier]:
    """Every channel. Mail without a host is there too: it refuses each message, so that the operator is told."""
    return {Channel.MAIL: MailNotifier(settings.mail), Channel.WEBHOOK: WebhookNotifier(allow_private=settings.allow_private_webhooks)}


__all__ = ["MailNotifier", "WebhookNotifier", "configured_notifiers"]
