"""The order of releases: what users of the peers complain about most is events of older releases that reopen issues."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from seiche.issues.releases import is_older, newest, newest_first

SEEN = {"a1b2c3d": 10, "f00dbabe": 20, "nightly": 30, "weekly": 40, "shop@1.0+7": 50, "shop@1.0+8": 60}


@pytest.mark.parametrize(
    ("release", "than", "older"),
    [
        ("shop@1.9.0", "shop@1.10.0", True),
        ("shop@1.10.0", "shop@1.9.0", False),
        ("1.0.0", "1.0.0", False),
        ("1.0.0-rc.1", "1.0.0", True),
        ("v2.0", "1.9", False),
        ("shop@1.0+7", "shop@1.0+8", True),
        ("a1b2c3d", "f00dbabe", True),
        ("f00dbabe", "a1b2c3d", False),
        ("nightly", "weekly", True),
        ("unseen", "weekly", False),
        ("nightly", "unseen", True),
        ("unseen", "other", None),
        ("shop@1.2.3", "a1b2c3d", None),
        ("a1b2c3d", "shop@1.2.3", None),
        ("", "1.0", None),
        ("1.0", "", None),
    ],
)
def test_versions_by_version_others_by_date(release, than, older) -> None:
    assert is_older(release, than, SEEN) is older


def test_versions_of_two_packages_compare_by_date() -> None:
    assert is_older("api@9.0", "web@1.0", {"api@9.0": 1, "web@1.0": 2}) is True


def test_the_newest() -> None:
    assert newest(["1.9.0", "1.10.0", "1.2.0", ""], {}) == "1.10.0"
    assert newest(["nightly", "weekly"], SEEN) == "weekly"
    assert newest([], SEEN) == ""


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=6, unique=True))
def test_the_newest_version_is_the_greatest(versions) -> None:
    assert newest([".".join(map(str, version)) for version in versions], {}) == ".".join(map(str, max(versions)))


@given(st.text(max_size=20), st.text(max_size=20), st.dictionaries(st.text(max_size=3), st.integers()))
def test_no_two_names_are_older_than_each_other(release, than, seen) -> None:
    assert not (is_older(release, than, seen) and is_older(than, release, seen))


def test_one_order_for_all_newest_first() -> None:
    seen = {"shop@1.10.0": 1, "nightly": 2, "shop@1.9.0": 3, "other@3.0": 4, "shop@1.11.0": 4, "shop@1.11.0+7": 5, "a" * 40: 6}
    assert newest_first(seen) == ["a" * 40, "shop@1.11.0+7", "shop@1.11.0", "other@3.0", "shop@1.10.0", "nightly", "shop@1.9.0"]
    assert newest_first({}) == []


@given(st.dictionaries(st.sampled_from(["1.0", "1.2", "1.10", "2.0rc1", "2.0", "x@1.5", "x@1.4", "nightly", "b" * 12]), st.integers(0, 9)))
def test_the_order_holds_each_once_and_never_a_version_before_a_newer_one_of_its_package(seen) -> None:
    order = newest_first(seen)
    assert sorted(order) == sorted(seen)
    versions = [name for name in order if name[0].isdigit()]
    assert versions == sorted(versions, key=Version, reverse=True)
