"""Whose an issue is: teams, ownership rules, suggested owners, suspect commits; and which others are like it."""

from datetime import datetime

from pydantic import Field

from query_api.schemas import IssueRow, Schema


class SimilarIssue(Schema):
    issue: IssueRow
    score: float
    """0 to 1."""
    why: str


class SuspectCommit(Schema):
    commit: str
    message: str
    author: str
    repository: str
    at: datetime | None
    release: str
    path: str
    """The file it changed that is in the stack."""
    frame: int
    """Which in-app frame that file is of; 0 is the one that raised."""


class SuggestedOwner(Schema):
    owner: str
    """A mail address or a `#team`; the first is the one that new issues are assigned to."""
    line: int
    rule: str


class Member(Schema):
    email: str
    name: str
    role: str


class NewTeam(Schema):
    slug: str = Field(min_length=1, max_length=64)
    """What `#slug` means in ownership rules and searches."""
    name: str = Field(default="", max_length=128)


class TeamPatch(Schema):
    name: str | None = Field(default=None, max_length=128)
    members: list[str] | None = Field(default=None, max_length=500)
    """Mail addresses: these and no others."""


class TeamView(Schema):
    slug: str
    name: str
    members: list[str]


class OwnershipBody(Schema):
    rules: str = Field(max_length=100_000)
    """One rule a line, the last that matches wins: `path:src/pay/* #payments ada@example.org`. See docs/issues.md."""
    auto_assign: bool = True
    """Whether new issues are assigned to the first owner."""


class OwnershipView(OwnershipBody):
    updated_by: str
    updated_at: datetime | None
