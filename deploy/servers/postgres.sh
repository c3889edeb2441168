#!/usr/bin/env bash
# Debian's PostgreSQL started by hand on loopback; as root it runs as the user postgres.
server=postgres
. "$(dirname "$0")/common.sh"

bin_folder() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }
as_postgres() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid="$(id -g postgres)" --init-groups "$@"; else "$@"; fi; }

install() {
  [ -n "$(bin_folder)" ] && [ -x "$(bin_folder)/postgres" ] && return 0
  [ "$(id -u)" = 0 ] || fail "PostgreSQL is missing: apt-get install postgresql-15"
  "$here/../../.ci/apt" postgresql-15
}

start() {
  pid_alive && return 0
  local port bin; bin=$(bin_folder); port=$(port_file port "${PG_PORT:-}")
  chmod 755 "$RUN" "$run"; [ "$(id -u)" = 0 ] && chown postgres "$run"
  cd "$run"
  [ -f "$run/data/PG_VERSION" ] || as_postgres "$bin/initdb" -D "$run/data" -U postgres -A trust --locale=C.UTF-8 -E UTF8 > "$run/initdb.log"
  : > "$run/out.log"
  if [ "$(id -u)" = 0 ]; then set -- setpriv --reuid=postgres --regid="$(id -g postgres)" --init-groups; else set --; fi
  launch "$run/out.log" "$@" "$bin/postgres" -D "$run/data" -p "$port" -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$run" -c shared_buffers=64MB -c max_connections=200
  await 120 "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"
}

stop() { [ -f "$run/pid" ] && kill -INT "$(cat "$run/pid")" 2>/dev/null; stop_by_pid; } # INT: do not wait for clients
health() { pid_alive && "$(bin_folder)/pg_isready" -q -h 127.0.0.1 -p "$(cat "$run/port")"; }
command_of "$@"
