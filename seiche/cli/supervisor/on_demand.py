"""A port that waits for its first visitor: shows a page that refreshes itself, and says that the process is wanted."""

import selectors
import socket

PAGE = b"""<!doctype html><meta charset="utf-8"><title>Starting</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:20vh auto;max-width:30em;padding:0 1em;color:#333}</style>
<h1>Starting the operations pages</h1><p>They start when somebody looks. This page shows them in a few seconds.</p>
<script>
setInterval(async () => {
  try { if ((await fetch("/_stcore/health", {cache: "no-store"})).ok) location.reload(); } catch { /* not there yet */ }
}, 700);
</script>
<noscript><meta http-equiv="refresh" content="5"></noscript>
"""
HEAD = (
    b"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
)
ANSWER_SECONDS = 0.5


class Doorbell:
    """Listens for the process that is not running yet; the supervisor's loop calls it."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_server((host, port), backlog=16)
        self._socket.setblocking(False)

    def register(self, selector: selectors.BaseSelector) -> None:
        """Wake the loop when somebody connects."""
        selector.register(self._socket, selectors.EVENT_READ)

    def rung(self) -> bool:
        """Answer whoever waits; whether one of them asked for a page. A bare connection, as port scanners make, is none."""
        wanted = False
        while True:
            try:
                visitor, _ = self._socket.accept()
            except BlockingIOError:
                return wanted
            wanted |= _answer(visitor)

    def close(self, selector: selectors.BaseSelector) -> None:
        """Leave the port to the process."""
        selector.unregister(self._socket)
        self._socket.close()


def _answer(visitor: socket.socket) -> bool:
    with visitor:
        visitor.settimeout(ANSWER_SECONDS)
        try:
            request = visitor.recv(4096)
            if not request.startswith((b"GET ", b"HEAD ")):
                return False
            visitor.sendall(HEAD % (b"200 OK", len(PAGE)) + (PAGE if request.startswith(b"GET ") else b""))
            visitor.shutdown(socket.SHUT_WR)
            visitor.recv(4096)  # until the browser has read it all: closing earlier may cut it off
        except OSError:
            return False
        return request.startswith(b"GET ")
