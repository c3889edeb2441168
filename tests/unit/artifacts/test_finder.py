"""Which upload answers: of this project, of that time, by id or by name; and what is said where none does."""

import json

import pytest

from seiche.artifacts.bundle import INLINE
from seiche.registry import artifact_queries
from seiche.registry.engine import read, write
from seiche.symbolicate.artifacts import Missing
from seiche.symbolicate.javascript import names
from seiche.testing.bundles import EXAMPLE, EXAMPLE_DEBUG_ID, example_bundle, zipped

URLS = names("https://shop.example.org/static/app.js?v=2")
MAPPING = b"""# compiler: R8
org.shop.Cart -> a.b:
    1:1:int discount():40:40 -> a
    1:1:void checkout(int):12 -> a
    2:5:void checkout(int):13:16 -> a
org.shop.UnknownCodeException -> a.c:
"""
MAPPING_ID = "582797e6-bd7f-5367-8191-734625039892"


def test_by_debug_id(world):
    world.upload(example_bundle())
    found = world.artifacts().source_map_by_debug_id(EXAMPLE_DEBUG_ID)
    where = found.lookup(3, 61)
    assert (where.source, where.line, where.function) == ("src/cart.ts", 9, "applyDiscount")
    assert where.context_line == "  return cart.total - discount.amount;"
    assert where.pre_context[-1] == "  const discount = cart.discounts[code];"
    assert found.lookup(3, 89).function == "checkout"
    assert found.lookup(2**40, 1) is None
    assert found.lookup(9999, 1) is None


def test_by_release_and_name(world):
    world.upload(example_bundle(debug_ids=False), release="shop@1")
    found = world.artifacts().source_map_by_url("shop@1", "", URLS)
    assert found.lookup(3, 61).function == "applyDiscount"
    assert found.name == "~/static/app.js.map"


def test_a_dist_is_served_by_its_own_files_else_by_those_of_every_dist(world):
    world.upload(example_bundle(debug_ids=False), release="shop@1", dist="7")
    missing = world.artifacts().source_map_by_url("shop@1", "8", URLS)
    assert missing.code == "file_of_other_dist"
    assert "for dist 7, but not for the event's dist 8" in missing.text
    world.upload(example_bundle(debug_ids=False), release="shop@1")
    assert not isinstance(world.artifacts().source_map_by_url("shop@1", "8", URLS), Missing)


@pytest.mark.parametrize(
    ("bundle", "code", "says"),
    [
        (example_bundle(debug_ids=False, prefix="~/assets/"), "file_not_in_release", "release shop@1 has no file ~/static/app.js"),
        (example_bundle(debug_ids=False, leave_out="app.js.map"), "map_not_in_release", "names the map ~/static/app.js.map"),
        (
            zipped({"x": b"f()"}, {"files": {"x": {"url": "~/static/app.js", "type": "minified_source", "headers": {}}}}),
            "no_map_reference",
            "names no source map",
        ),
        (
            zipped(
                {"x": b"f()", "y": b'{"version": 3, "sources": 5}'},
                {
                    "files": {
                        "x": {"url": "~/static/app.js", "type": "minified_source", "headers": {"Sourcemap": "m"}},
                        "y": {"url": "~/static/m", "type": "source_map", "headers": {}},
                    }
                },
            ),
            "map_unreadable",
            "~/static/m cannot be read",
        ),
    ],
)
def test_why_a_name_has_no_map(world, bundle, code, says):
    assert world.upload(bundle, release="shop@1").state == "ok"
    found = world.artifacts().source_map_by_url("shop@1", "", URLS)
    assert found.code == code
    assert says in found.text
    assert world.artifacts().source_map_by_url("shop@2", "", URLS).code == "release_without_artifacts"


def test_why_an_id_has_no_map(world):
    world.upload(example_bundle(leave_out="app.js.map"))
    assert world.artifacts().source_map_by_debug_id(EXAMPLE_DEBUG_ID).code == "map_not_uploaded"
    found = world.artifacts().source_map_by_debug_id("0" * 8 + EXAMPLE_DEBUG_ID[8:])
    assert found.code == "no_artifact_for_debug_id"


def test_a_map_inside_its_file(world):
    import base64

    map_text = (EXAMPLE / "app.js.map").read_bytes()
    code = (EXAMPLE / "app.js").read_bytes().split(b"//# sourceMappingURL")[0]
    code += b"//# sourceMappingURL=data:application/json;base64," + base64.b64encode(map_text) + b"\n"
    entry = {"url": "~/static/app.js", "type": "minified_source", "headers": {}}
    world.upload(zipped({"x": code}, {"files": {"x": entry}}), release="shop@1")
    with read(world.engine) as session:
        assert artifact_queries.files_by_url(session, world.shop, "shop@1", URLS, 9)[0].source_map == INLINE
    assert world.artifacts().source_map_by_url("shop@1", "", URLS).lookup(3, 61).function == "applyDiscount"


def test_ids_in_the_files_count_where_the_manifest_has_none(world):
    entries = {
        name: {"url": f"~/{name}", "type": kind, "headers": {}}
        for name, kind in (("app.js", "minified_source"), ("app.js.map", "source_map"))
    }
    world.upload(zipped({name: (EXAMPLE / name).read_bytes() for name in entries}, {"files": entries}))
    assert world.artifacts().source_map_by_debug_id(EXAMPLE_DEBUG_ID).lookup(3, 61).function == "applyDiscount"


def test_other_projects_have_nothing(world):
    world.upload(example_bundle(), release="shop@1")
    bank = world.artifacts(world.bank)
    assert bank.empty
    assert bank.source_map_by_debug_id(EXAMPLE_DEBUG_ID).code == "no_artifact_for_debug_id"
    assert bank.source_map_by_url("shop@1", "", URLS).code == "release_without_artifacts"
    world.upload(example_bundle(prefix="~/other/"), world.bank, release="bank@1")
    assert world.artifacts(world.bank).source_map_by_url("shop@1", "", URLS).code == "release_without_artifacts"


def test_what_came_later_is_not_seen_by_what_came_before(world):
    finder = world.finder
    assert finder.newest() == 0
    world.upload(example_bundle(leave_out="app.js.map"))
    first = finder.newest()
    world.upload(example_bundle())
    assert finder.newest() == first + 1
    assert finder.at(world.shop, first).source_map_by_debug_id(EXAMPLE_DEBUG_ID).code == "map_not_uploaded"
    assert not isinstance(finder.at(world.shop, first + 1).source_map_by_debug_id(EXAMPLE_DEBUG_ID), Missing)
    assert finder.at(world.shop, 0).empty


def test_epochs(world):
    with write(world.engine) as session:
        for start, sequence in ((0, 0), (10, 1), (20, 1), (30, 4)):
            artifact_queries.record_epoch(session, 0, start, sequence)
        artifact_queries.record_epoch(session, 1, 5, 2)
    with read(world.engine) as session:
        assert artifact_queries.epochs(session, 0, 0, 100) == [(10, 1), (30, 4)]
        assert artifact_queries.epochs(session, 0, 12, 25) == [(10, 1)]
        assert artifact_queries.epochs(session, 0, 12, 30) == [(10, 1), (30, 4)]
        assert artifact_queries.epochs(session, 0, 0, 9) == []
    finder = world.finder
    assert [finder.sequence_at(0, offset) for offset in (0, 9, 10, 29, 30, 1000)] == [0, 0, 1, 1, 4, 4]
    assert finder.sequence_at(1, 5) == 2


def test_lost_content_says_so_and_is_found_when_it_is_back(world):
    world.upload(example_bundle())
    saved = {path: path.read_bytes() for path in world.folder.rglob("files/*/*")}
    for path in saved:
        path.unlink()
    artifacts = world.artifacts()
    assert artifacts.source_map_by_debug_id(EXAMPLE_DEBUG_ID).code == "content_lost"
    for path, data in saved.items():
        path.write_bytes(data)
    assert artifacts.source_map_by_debug_id(EXAMPLE_DEBUG_ID).lookup(3, 61).function == "applyDiscount"


def test_parsed_maps_are_bounded(world):
    finder = world.finder
    for number in range(4):
        padded = json.loads((EXAMPLE / "app.js.map").read_text()) | {"debugId": "", "debug_id": "", "x_pad": f"{number}" + "x" * 40_000}
        entry = {"url": f"~/{number}.map", "type": "source_map", "headers": {"debug-id": f"{number}" * 32}}
        world.upload(zipped({"m": json.dumps(padded).encode()}, {"files": {"m": entry}}))
    finder._maps._most_bytes = 100_000
    artifacts = finder.at(world.shop, finder.newest())
    for number in range(4):
        assert artifacts.source_map_by_debug_id(
            f"{number * 11111111:08}-" + "-".join(f"{number}" * 4 for _ in range(3)) + "-" + f"{number}" * 12
        )
    assert 40_000 < finder._maps.held_bytes <= 100_000


def test_a_proguard_mapping(world):
    assert world.upload(MAPPING, mapping=True, name="mapping.txt").debug_id == MAPPING_ID
    found = world.artifacts().class_mapping(MAPPING_ID)
    assert [(frame.module, frame.function, frame.line) for frame in found.frames("a.b", "a", 3)] == [("org.shop.Cart", "checkout", 14)]
    inlined = found.frames("a.b", "a", 1)
    assert [(frame.function, frame.line) for frame in inlined] == [("discount", 40), ("checkout", 12)]
    assert found.class_name("a.c") == "org.shop.UnknownCodeException"
    assert found.class_name("z.z") == ""
    assert world.artifacts().class_mapping("0" * 36).code == "no_mapping_for_uuid"
    assert world.upload(b"hello", mapping=True).state == "error"
