"""The unmodified sentry-cli, 3.x and 2.x: a release with commits and a deploy, source maps uploaded, and an event resolved with them."""

import json
import os
import subprocess

import pytest

from seiche.testing.bundles import EXAMPLE

from .conftest import NODE

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]
PROGRAMS = {"3": NODE / "node_modules/@sentry/cli-linux-x64/bin/sentry-cli", "2": NODE / "node_modules/sentry-cli-2/bin/sentry-cli"}


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def cli(request, product):
    """Run sentry-cli against the product; what it says."""
    program = PROGRAMS[request.param]
    if not program.exists():
        pytest.skip("sentry-cli is not installed: run `make npm-flows` on linux-x64")
    product.dsn()  # makes the project
    token = product.command("token", "create", "--label", "ci", "--json")["token"]
    given = {
        "SENTRY_URL": product.url,
        "SENTRY_AUTH_TOKEN": token,
        "SENTRY_ORG": "default",
        "SENTRY_PROJECT": product.slug,
        "SENTRY_LOG_LEVEL": "warn",
    }

    def run(*words, cwd=None):
        done = subprocess.run(
            [program, *words], env={**os.environ, **given}, cwd=cwd, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    run.version = request.param
    return run


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Commit a file; the folder. sentry-cli sends what came after the commits of the release before."""
    folder = tmp_path_factory.mktemp("repository")
    git = ["git", "-c", "user.name=Elif", "-c", "user.email=elif@example.org"]
    subprocess.run([*git, "init", "-q"], cwd=folder, check=True, timeout=30)

    def commit(name):
        (folder / name).write_text("let total;\n")
        for words in (["add", "."], ["commit", "-qm", f"Count in {name}"]):
            subprocess.run([*git, *words], cwd=folder, check=True, timeout=30)
        return folder

    return commit


@pytest.fixture(scope="module")
def dist(cli, tmp_path_factory):
    """A build of its own for each version of the program: another file has another debug id."""
    folder = tmp_path_factory.mktemp("dist")
    code, source_map = (EXAMPLE / "app.js").read_text(), json.loads((EXAMPLE / "app.js.map").read_text())
    # As esbuild left them: without the id, and without the lines that came with them.
    del source_map["debugId"]
    source_map["mappings"] = source_map["mappings"].lstrip(";")
    (folder / "app.js.map").write_text(json.dumps(source_map))
    (folder / "app.js").write_text(code[code.index("(()=>{function n") :].split("//# debugId")[0] + f"// {cli.version}\n")
    return folder


def test_a_release(cli, product, repository) -> None:
    version = f"shop@{cli.version}.0.0"
    cli("releases", "new", version)
    cli("releases", "set-commits", version, "--local", cwd=repository(f"cart{cli.version}.ts"))
    cli("releases", "finalize", version)
    if cli.version == "3":
        cli("deploys", "new", "-r", version, "-e", "production")
    else:
        cli("releases", "deploys", version, "new", "-e", "production")
    assert version in cli("releases", "list")
    found = product.api.get(f"/api/v1/projects/{product.slug}/releases/{version}").raise_for_status().json()
    assert [(commit["message"].strip(), commit["author_name"]) for commit in found["commit_list"]] == [
        (f"Count in cart{cli.version}.ts", "Elif")
    ]
    assert found["commit_list"][0]["files"] == [{"path": f"cart{cli.version}.ts", "type": "A"}]
    assert [deploy["environment"] for deploy in found["deploy_list"]] == ["production"]
    assert found["released_at"]


def test_source_maps(cli, product, dist, node_program) -> None:
    version = f"minified@{cli.version}.0.0"
    early = node_program("send-minified.mjs", product.dsn(), str(dist / "app.js"), version)["eventId"]
    cli("sourcemaps", "inject", str(dist))
    cli("sourcemaps", "upload", "--release", version, str(dist))
    assert "Nothing to upload" in cli("sourcemaps", "upload", "--release", version, str(dist))
    late = node_program("send-minified.mjs", product.dsn(), str(dist / "app.js"), version)["eventId"]
    product.drain()

    event = product.api.get(f"/api/v1/projects/{product.slug}/events/{late}").raise_for_status().json()
    guilty = event["exceptions"][-1]["frames"][-1]
    assert (guilty["function"], guilty["filename"], guilty["lineno"]) == ("applyDiscount", "src/cart.ts", 9)
    assert guilty["context_line"] == "  return cart.total - discount.amount;"
    assert (guilty["symbolication"]["code"], guilty["symbolication"]["function"]) == ("debug_id", "n")
    assert "checkout" in [frame["function"] for frame in event["exceptions"][-1]["frames"]]
    assert "applyDiscount" in event["culprit"]

    first = product.api.get(f"/api/v1/projects/{product.slug}/events/{early}").raise_for_status().json()
    assert first["exceptions"][-1]["frames"][-1]["function"] == "n"
    lines = product.run("events", "export", "--project", product.slug).stdout.splitlines()
    issues = {event["event_id"]: event["issue_id"] for event in map(json.loads, lines)}
    assert issues[late] == event["issue_id"], "silver made the same fingerprint of it"
