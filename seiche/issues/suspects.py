"""Which commits may have caused an issue: those of the release it appeared in that touched a file of its stack. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

MOST = 5


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit of a release."""

    sha: str
    author: str
    message: str
    at_us: int
    paths: tuple[str, ...]
    """The files it changed, from the repository's root."""


class Suspect(msgspec.Struct, frozen=True):
    """A commit, and what makes it suspect."""

    commit: Commit
    path: str
    frame: int
    """Which frame its file is that of; 0 is the one that raised."""
    score: float


def suspects(commits: Iterable[Commit], frame_paths: Sequence[str]) -> list[Suspect]:
    """The most suspect first. `frame_paths`: the in-app frames' files, the one that raised FIRST.

    A frame's path ends in the commit's path, or the other way round (frames know where the code was deployed or built, commits where
    it is in the repository); at least the file's name and its folder must be the same, but for files at the repository's root. The
    nearer its frame is to where it was raised the more suspect; a younger commit wins among equals.
    """
    found = []
    for commit in commits:
        best = max((one for one in (_match(commit, path, frame_paths) for path in commit.paths) if one), key=_order, default=None)
        if best is not None:
            found.append(best)
    return sorted(found, key=_order, reverse=True)[:MOST]


def _match(commit: Commit, path: str, frame_paths: Sequence[str]) -> Suspect | None:
    for number, frame_path in enumerate(frame_paths):
        if (shared := _shared(_parts(path), _parts(frame_path))) > 0:
            return Suspect(commit, path, number, round(shared / (1 + number), 3))
    return None


def _order(one: Suspect) -> tuple[int, float, int, str]:
    return -one.frame, one.score, one.commit.at_us, one.commit.sha


def _parts(path: str) -> list[str]:
    return [part for part in path.replace("\\", "/").split("/") if part not in {"", "."}]


def _shared(path: Sequence[str], frame_path: Sequence[str]) -> float:
    """How much of the shorter path both end in: 0 to 1."""
    alike = 0
    for one, other in zip(reversed(path), reversed(frame_path), strict=False):
        if one != other:
            break
        alike += 1
    shorter = min(len(path), len(frame_path))
    if alike == 0 or (alike < 2 and shorter > 1):
        return 0.0
    return alike / shorter
