"""One writer a folder: an advisory lock that the kernel gives back when its holder dies, however it dies."""

import fcntl
import os
from pathlib import Path

from seiche.backends.embedded.log.folder import make_folder
from seiche.errors import ConfigurationError


class WriterLock:
    """Raises `ConfigurationError`, naming the process that holds it."""

    def __init__(self, log_dir: Path) -> None:
        path = log_dir / "writer.lock"
        try:
            make_folder(log_dir)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise ConfigurationError(
                f"{path} cannot be written ({error}): mend the folder's owner and mode, or use another --data"
            ) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._handle, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._handle)
            raise ConfigurationError(
                f"process {holder} writes the event log in {log_dir} already: stop it first, or use another --data"
                " (more than one web process needs Kafka)"
            ) from None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Once."""
        os.close(self._handle)
