"""Mail by SMTP: plain text, one thread an issue."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from alerts.notifiers.text import body, subject
from seiche.errors import Terminal, Transient
from seiche.model.alert import Channel, Notification
from seiche.settings import MailSettings

TIMEOUT_SECONDS = 10.0
DOMAIN = "seiche.invalid"
"""Of message ids: no host's name leaks into mails."""


class MailNotifier:
    """A connection for each mail: alerts are few, and servers close idle ones."""

    channel = Channel.MAIL

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    def send(self, notification: Notification) -> None:
        """See `seiche.ports.notifier.Notifier`."""
        if not self._settings.host:
            raise Terminal("no mail server is set: set SEICHE_ALERTS__MAIL__HOST (or [alerts.mail] host in seiche.toml)")
        message = compose(notification, sender=self._settings.sender)
        try:
            with smtplib.SMTP(self._settings.host, self._settings.port, timeout=TIMEOUT_SECONDS) as server:
                if self._settings.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self._settings.username:
                    server.login(self._settings.username, self._settings.password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()), (550, b""))
            raise _answer(code, f"the mail server refused {notification.target}: {code} {text.decode('utf-8', 'replace')}") from error
        except smtplib.SMTPResponseException as error:
            said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
            raise _answer(error.smtp_code, f"the mail server answered {error.smtp_code} {said}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise Terminal(f"the mail server cannot do what the settings ask for: {error}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise Transient(f"the mail server {self._settings.host}:{self._settings.port} does not answer: {error}") from error


def compose(notification: Notification, *, sender: str) -> EmailMessage:
    """The mail. Raises `Terminal` where the address is none."""
    data = notification.payload["data"]
    issue, project = data["issue"], data["project"]
    thread = f"<issue-{issue['id']}@{DOMAIN}>"
    message = EmailMessage()
    try:
        message["From"] = sender
        message["To"] = notification.target
    except (ValueError, IndexError) as error:
        raise Terminal(f"{notification.target!r} is not a mail address") from error
    if not message["To"].addresses or "@" not in message["To"].addresses[0].addr_spec:
        raise Terminal(f"{notification.target!r} is not a mail address")
    message["Subject"] = subject(notification.payload)
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{notification.delivery_id}@{DOMAIN}>"
    # All mails about an issue refer to the same (never sent) root, so that programs show them as one thread.
    message["In-Reply-To"] = message["References"] = thread
    message["List-ID"] = f"<{project['slug']}.{DOMAIN}>"
    message["List-Unsubscribe"] = f"<{data['settings_url']}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Seiche-Issue"] = issue["short_id"]
    message["X-Seiche-Delivery"] = notification.delivery_id
    message.set_content(body(notification.payload), charset="utf-8")
    return message


def _answer(code: int, text: str) -> Transient | Terminal:
    """4xx passes, 5xx stays."""
    return Transient(text) if 400 <= code < 500 else Terminal(text)
