"""What to do about frames that could not be resolved: a sentence, and the sentry-cli command where one mends it. Pure.

Releases and file names come from whoever has the DSN: they are quoted for a shell, and a command with anything unprintable is not given.
"""

import posixpath
import shlex
from urllib.parse import urlsplit

from seiche.symbolicate.unresolved import Lacking

SAYS = {
    "no_artifact_for_debug_id": "Upload the very files that you deploy: the deployed and the uploaded ones are of different builds.",
    "map_not_uploaded": "Upload the source map beside its minified file.",
    "no_debug_id_no_release": "Inject debug ids before you deploy, or set the release in the SDK's options.",
    "release_without_artifacts": "Upload for this release, spelled as the SDK sends it.",
    "file_not_in_release": "Upload this file too, or mend the prefix: files are looked for by the path of their URL.",
    "file_of_other_dist": "Upload with this dist, or without one.",
    "no_map_reference": "Upload with sentry-cli, which says which map belongs to which file.",
    "map_not_in_release": "Upload the map beside the file that names it.",
    "map_unreadable": "The uploaded map is no source map: look at what the build writes, and upload it again.",
    "no_token": "The uploaded map is of another build: upload the very files that you deploy.",
    "no_position": "The SDK sent no column, so that no map can be applied: update the SDK.",
    "no_mapping_for_uuid": "Upload the ProGuard or R8 mapping of this build.",
    "content_lost": "The raw store has lost the file: upload it again, and restore the raw store's backup.",
    "too_many_files": "The event names more files than are looked up: split the stack, or leave it.",
}
BY_DEBUG_ID = frozenset({"no_artifact_for_debug_id", "map_not_uploaded", "no_debug_id_no_release", "no_token", "map_unreadable"})
BY_RELEASE = frozenset({"release_without_artifacts", "file_not_in_release", "file_of_other_dist", "no_map_reference", "map_not_in_release"})


def what_to_do(lacks: Lacking, organization: str, project: str) -> tuple[str, str]:
    """-> (for people, the command or ""). `dist` stands for the folder that the build writes, `mapping.txt` for its mapping."""
    says = SAYS.get(lacks.reason, "")
    own = ["--org", organization, "--project", project]
    command: list[str] = []
    if lacks.reason == "no_mapping_for_uuid":
        command = ["sentry-cli", "upload-proguard", *own, "--uuid", lacks.debug_id, "mapping.txt"]
    elif lacks.reason in BY_DEBUG_ID or (lacks.reason == "content_lost" and lacks.debug_id):
        return says, f"sentry-cli sourcemaps inject dist && {shlex.join(['sentry-cli', 'sourcemaps', 'upload', *own, 'dist'])}"
    elif lacks.reason in BY_RELEASE or lacks.reason == "content_lost":
        of_dist = ["--dist", lacks.dist] if lacks.dist else []
        command = ["sentry-cli", "sourcemaps", "upload", *own, "--release", lacks.release, *of_dist, *_prefix(lacks.file), "dist"]
    return says, shlex.join(command) if all(word.isprintable() for word in command) else ""


def _prefix(file: str) -> list[str]:
    """`https://shop.example.org/static/js/app.js` -> `--url-prefix ~/static/js`: how the files of that folder must be named."""
    try:
        parts = urlsplit(file)
    except ValueError:
        return []
    folder = posixpath.dirname(parts.path) if "://" in file else ""
    return ["--url-prefix", f"~{folder}"] if folder.strip("/") else []
