"""What an event's unresolved frames lack, and what to do about it."""

import json
import shlex

import pytest

from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise
from seiche.symbolicate import NO_ARTIFACTS, symbolicate
from seiche.symbolicate.advice import SAYS, what_to_do
from seiche.symbolicate.unresolved import Lacking, lacking
from seiche.testing.bundles import EXAMPLE_DEBUG_ID, example_event

FILE = "https://shop.example.org/static/app.js"


def lacks(event):
    record = LogRecord(
        kind=RecordKind.EVENT, received_at_us=1, project_id=1, public_key="k", event_id="1" * 32, config_version=1, received=1
    )
    return lacking(symbolicate(normalise(json.dumps(event).encode(), record, ProjectConfig()), ProjectConfig(), NO_ARTIFACTS))


def test_frames_of_one_file_are_one_entry_without_query():
    found = lacks(example_event(release="shop@1", dist="7", url=f"{FILE}?user=ada#x"))
    ((what, (frames, text)),) = found.items()
    assert what == Lacking("shop@1", "7", FILE, EXAMPLE_DEBUG_ID, "no_artifact_for_debug_id")
    assert frames == 3
    assert EXAMPLE_DEBUG_ID in text
    (plain,) = lacks(example_event(debug_ids=False))
    assert plain == Lacking("", "", FILE, "", "no_debug_id_no_release")


def test_frames_without_a_column_and_other_files_are_entries_of_their_own():
    event = example_event(release="shop@1", debug_ids=False)
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    del frames[0]["colno"]
    frames[1] = {**frames[1], "abs_path": "https://cdn.example.org/lib.js"}
    assert {(what.file, what.reason): frames for what, (frames, _) in lacks(event).items()} == {
        (FILE, "no_position"): 1,
        ("https://cdn.example.org/lib.js", "release_without_artifacts"): 1,
        (FILE, "release_without_artifacts"): 1,
    }


def test_a_mapping_is_a_whole_builds():
    uuid = "2c1f1d6c-3b8a-5c33-9d5f-8c4f4b1d9a10"
    frames = [{"module": "a.b", "function": name, "lineno": 1} for name in "cd"]
    event = {
        "platform": "java", "release": "app@1",
        "exception": {"values": [{"type": "E", "value": "x", "stacktrace": {"frames": frames}}]},
        "debug_meta": {"images": [{"type": "proguard", "uuid": uuid}]},
    }  # fmt: skip
    assert {what: frames for what, (frames, _) in lacks(event).items()} == {Lacking("app@1", "", "", uuid, "no_mapping_for_uuid"): 2}


def test_nothing_of_a_program_that_is_not_minified():
    assert lacks({"platform": "python", "exception": {"values": [{"type": "E", "stacktrace": {"frames": [{"function": "f"}]}}]}}) == {}


@pytest.mark.parametrize("reason", sorted(SAYS))
def test_every_reason_has_advice_and_a_command_that_names_the_project(reason):
    says, command = what_to_do(Lacking("shop@1", "", FILE, EXAMPLE_DEBUG_ID, reason), "acme", "shop")
    assert says
    assert bool(command) == (reason not in {"no_position", "too_many_files"})
    assert not command or "--org acme --project shop" in command


def test_commands():
    def command(reason, file=FILE, release="shop@1", dist="", debug_id=""):
        return what_to_do(Lacking(release, dist, file, debug_id, reason), "acme", "shop")[1]

    upload = "sentry-cli sourcemaps upload --org acme --project shop"
    assert command("no_artifact_for_debug_id") == f"sentry-cli sourcemaps inject dist && {upload} dist"
    assert command("file_not_in_release") == f"{upload} --release shop@1 --url-prefix '~/static' dist"
    assert command("file_of_other_dist", dist="7", file="app.js") == f"{upload} --release shop@1 --dist 7 dist"
    assert command("release_without_artifacts", file="https://h/app.js") == f"{upload} --release shop@1 dist"
    assert command("no_mapping_for_uuid", debug_id="u") == "sentry-cli upload-proguard --org acme --project shop --uuid u mapping.txt"
    # What a stranger put into a release, pasted into a shell, is one word of it.
    evil = command("release_without_artifacts", release="$(rm -rf ~)`x`'; reboot")
    assert "$(rm -rf ~)`x`'; reboot" in shlex.split(evil)
    assert not command("release_without_artifacts", release="a\nreboot")


def test_the_documents_table_names_every_reason(request):
    table = (request.config.rootpath / "docs" / "releases-and-source-maps.md").read_text()
    assert [reason for reason in SAYS if f"| `{reason}` |" not in table] == []
