"""Which release came first: by version where both names have one, else by when the project first saw them."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from packaging.version import InvalidVersion, Version

SHA = re.compile(r"[0-9a-f]{7,40}")


def is_older(release: str, than: str, first_seen_us: Mapping[str, int]) -> bool | None:
    """Whether `release` came strictly before `than`; None where nobody can tell.

    Versions of one package compare as versions. A version and a commit hash are separate lines and never compare. All other
    pairs compare by `first_seen_us`; a release that is not in it is the newest of all.
    """
    if not release or not than:
        return None
    if release == than:
        return False
    package, version = _parsed(release)
    other_package, other_version = _parsed(than)
    if version is not None and other_version is not None and package == other_package:
        # Equal versions under different names differ in their build only: told apart by date below.
        if version != other_version:
            return version < other_version
    elif (version is None) != (other_version is None) and (_is_sha(release) or _is_sha(than)):
        return None
    if than not in first_seen_us:
        return True if release in first_seen_us else None
    return release in first_seen_us and first_seen_us[release] < first_seen_us[than]


def newest(releases: Iterable[str], first_seen_us: Mapping[str, int]) -> str:
    """The release that none of the others is newer than; "" without any."""
    found = ""
    for release in sorted(filter(None, releases), key=lambda name: (first_seen_us.get(name, 0), name)):
        if not found or is_older(release, found, first_seen_us) is not True:
            found = release
    return found


def newest_first(seen_us: Mapping[str, int]) -> list[str]:
    """All of them in one order: by date, and the versions of one package by version in the places that they hold among the others."""
    by_date = sorted(seen_us, key=lambda name: (seen_us[name], name), reverse=True)
    versions: dict[str, list[tuple[Version, int]]] = {}
    for place, name in enumerate(by_date):
        package, version = _parsed(name)
        if version is not None:
            versions.setdefault(package, []).append((version, place))
    found = list(by_date)
    for held in versions.values():
        # Equal versions, which differ in their build, keep their order by date.
        ordered = sorted(held, key=lambda one: one[0], reverse=True)
        for (_, place), (_, comes_from) in zip(held, ordered, strict=True):
            found[place] = by_date[comes_from]
    return found


@lru_cache(maxsize=4096)
def _parsed(release: str) -> tuple[str, Version | None]:
    """(package, version) of `package@version+build`; no version where the name holds none, or is a commit hash or a bare number."""
    package, _, name = release.rpartition("@")
    if _is_sha(name) or "." not in name:
        return package, None
    try:
        # Builds do not order releases (semver 10).
        return package, Version(name.split("+", 1)[0])
    except InvalidVersion:
        return package, None


def _is_sha(release: str) -> bool:
    return SHA.fullmatch(release.rpartition("@")[2]) is not None
