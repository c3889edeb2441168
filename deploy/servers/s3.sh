#!/usr/bin/env bash
# S3 on loopback: the Versity gateway over a plain folder (it needs extended attributes on that file system). Needs go.
server=s3
. "$(dirname "$0")/common.sh"
home=$CACHE/versitygw-$versitygw_version

install() {
  [ -x "$home/versitygw" ] && return 0
  command -v go >/dev/null || fail "go is missing: it compiles the S3 gateway"
  mkdir -p "$home"
  CGO_ENABLED=0 GOBIN="$home" again nice go install -trimpath -ldflags='-s -w' "github.com/versity/versitygw/cmd/versitygw@v$versitygw_version"
}

start() {
  pid_alive && return 0
  local port; port=$(port_file port "${S3_PORT:-}")
  mkdir -p "$run/data" "$run/versions"
  export ROOT_ACCESS_KEY=${S3_KEY:-seiche-test} ROOT_SECRET_KEY=${S3_SECRET:-seiche-test-secret}
  : > "$run/out.log"
  launch "$run/out.log" "$home/versitygw" --port "127.0.0.1:$port" --region us-east-1 --quiet posix --versioning-dir "$run/versions" "$run/data"
  await 60 answers_on "$port"
}

stop() { stop_by_pid; }
health() { pid_alive && answers_on "$(cat "$run/port")"; }
command_of "$@"
