#!/usr/bin/env bash
# Debian's Redis on loopback, its append-only file fsynced each second.
server=redis
. "$(dirname "$0")/common.sh"

install() {
  command -v redis-server >/dev/null && return 0
  [ "$(id -u)" = 0 ] || fail "Redis is missing: apt-get install redis-server"
  "$here/../../.ci/apt" redis-server
}

start() {
  pid_alive && return 0
  local port; port=$(port_file port "${REDIS_PORT:-}")
  : > "$run/out.log"
  launch "$run/out.log" redis-server --bind 127.0.0.1 --port "$port" --dir "$run" --appendonly yes --appendfsync everysec --save "" --maxmemory 128mb
  await 30 redis-cli -p "$port" ping
}

stop() { stop_by_pid; }
health() { pid_alive && [ "$(redis-cli -p "$(cat "$run/port")" ping 2>/dev/null)" = PONG ]; }
command_of "$@"
