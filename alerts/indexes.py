"""The near-duplicate indexes of the projects that send events: rebuilt from the registry when needed, bounded in number of members."""

from collections import OrderedDict
from collections.abc import Collection, Iterable

from sqlalchemy.orm import Session

from seiche.grouping.near import NearIndex
from seiche.grouping.v2 import VERSION
from seiche.registry import grouping
from seiche.registry.tables import Project

MEMBERS_IN_MEMORY = 60_000
"""Of all projects together, 4 KB each at worst; a project has at most 50,000. Indexes not used for longest go first."""


class _Held:
    """An index and the state of the registry that it reflects."""

    def __init__(self, index: NearIndex, position: int, map_version: int) -> None:
        self.index, self.position, self.map_version = index, position, map_version


class Indexes:
    """One index a project. What it learned in a transaction counts only once that has committed: `drop` it where it has not."""

    def __init__(self, limit: int = MEMBERS_IN_MEMORY) -> None:
        self._limit = limit
        self._held: OrderedDict[int, _Held] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def warm(self, session: Session, project_ids: Collection[int]) -> None:
        """Read what is missing, before the transaction that will need it: reading 50,000 members takes seconds."""
        for project_id in project_ids:
            project = session.get(Project, project_id) if project_id not in self._held else None
            if project is not None:
                self._load(session, project)

    def of(self, session: Session, project: Project, position: int) -> NearIndex:
        """The index of a project whose row is locked, with everything that people and other consumers did since.

        `position`: that of its newest member now, as `grouping.last_positions` says.
        """
        held = self._held.get(project.id)
        if held is None or held.position != position:
            held = self._load(session, project)
        elif held.map_version != project.map_version:
            for fingerprint, issue_id in grouping.moved(session, project.id, held.map_version):
                held.index.move(fingerprint, issue_id)
            held.map_version = project.map_version
        self._held.move_to_end(project.id)
        return held.index

    def save(self, session: Session, projects: Iterable[Project]) -> None:
        """Write what the indexes of these projects learned, after the fingerprints themselves."""
        learned = []
        for project in projects:
            held = self._held[project.id]
            changed, forgotten = held.index.changes()
            if changed or forgotten:
                learned.append(grouping.Learned(project.id, held.position, changed, forgotten))
                held.position += len(changed)
            held.map_version = project.map_version
        if learned:
            grouping.save(session, VERSION, learned)

    def drop(self, project_ids: Collection[int]) -> None:
        """Forget indexes whose transaction failed."""
        for project_id in project_ids:
            self._held.pop(project_id, None)

    def trim(self) -> None:
        """Back within bounds; between transactions only."""
        while len(self._held) > 1 and sum(len(held.index) for held in self._held.values()) > self._limit:
            self._held.popitem(last=False)

    def _load(self, session: Session, project: Project) -> _Held:
        index = NearIndex(grouping.members(session, project.id, VERSION))
        held = _Held(index, grouping.last_position(session, project.id), project.map_version)
        self._held[project.id] = held
        return held
