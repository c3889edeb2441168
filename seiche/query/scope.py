"""Whose data a query may touch. Nothing is compiled without one."""

import msgspec

from seiche.errors import NotFound


class Scope(msgspec.Struct, frozen=True):
    """The projects that the caller may see: the registry's answer, taken once a request."""

    project_ids: frozenset[int]

    def check(self, project_id: int) -> int:
        """`project_id`, or `NotFound`: a foreign project looks like one that does not exist."""
        if project_id not in self.project_ids:
            raise NotFound("there is no such project")
        return project_id
