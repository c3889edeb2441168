"""What of the pipelines' work is this process's: a share of the log's partitions, and maybe what only one of them does."""

import logging
import time

import sqlalchemy as sa

from seiche.errors import StoreUnavailable
from seiche.registry.membership import Membership
from seiche.registry.named_lock import Duty
from seiche.registry.share import AUTO, NO_SHARE, Share, automatic

NAME = "pipeline"
LOOK_SECONDS = 2.0

log = logging.getLogger(__name__)


class Part:
    """As it was found at the last look. One thread."""

    def __init__(self, engine: sa.Engine, share: str) -> None:
        """`share`: the setting `pipeline.share`."""
        self._duty, self._membership = Duty(engine, NAME), Membership(engine, NAME)
        self._share_now = automatic(self._membership.standing) if share == AUTO else None
        self.share = NO_SHARE if self._share_now is not None else Share.read(share)
        self.does_upkeep = False
        """Whether this process does what one does for all: gold, upkeep, retention, reports to Dagster."""
        self._asked_at = float("-inf")

    def look(self) -> bool:
        """Whether anything has changed. Never raises: who cannot ask Postgres has lost its locks, and others count without it."""
        before = self.share, self.does_upkeep
        try:
            if self._share_now is not None:
                self.share = self._share_now()
            if time.monotonic() - self._asked_at >= LOOK_SECONDS:
                self.does_upkeep = self._duty.is_ours()
                self._asked_at = time.monotonic()
        except StoreUnavailable as error:
            log.warning("the pipeline cannot ask which part is its own: %s", error)
            self.does_upkeep = False
            if self._share_now is not None:
                self.share = NO_SHARE
        now = self.share, self.does_upkeep
        if now == before:
            return False
        log.info("this pipeline has share %d/%d, and upkeep is %s", *_plain(self.share), "its own" if self.does_upkeep else "another's")
        return True

    def leave(self) -> None:
        """Others may have it from now on."""
        self._duty.leave()
        self._membership.leave()


def _plain(share: Share) -> tuple[int, int]:
    return share.number, share.count
