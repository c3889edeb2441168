# What every server's script here shares: where installs are cached, where runs live, and how a server is started, awaited and stopped by pid.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${SEICHE_SERVERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/seiche-servers}
RUN=${SEICHE_SERVERS_RUN:-/tmp/seiche-servers-$(id -u)}
run=$RUN/$server
kafka_version=4.3.1 versitygw_version=1.8.0

say() { echo "servers: $*" >&2; }
fail() { say "$server: $1"; exit 1; }

mkdir -p "$CACHE" "$run"

pid_alive() { [ -f "$run/pid" ] && kill -0 "$(cat "$run/pid")" 2>/dev/null; }

# free_port COUNT: COUNT free loopback ports, one a line, none of them twice
free_port() {
  python3 - "$1" <<'P'
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print("\n".join(str(s.getsockname()[1]) for s in held))
P
}

# The first start chooses the port, a restart keeps it: a server that comes back must be found where it was.
port_file() { # NAME WISH
  [ -s "$run/$1" ] || { if [ -n "${2:-}" ]; then echo "$2"; else free_port 1; fi > "$run/$1"; }
  cat "$run/$1"
}

# launch LOG COMMAND...: in a process group of its own, its output in LOG, its pid in $run/pid
launch() {
  local log=$1; shift
  setsid nohup "$@" > "$log" 2>&1 < /dev/null &
  echo $! > "$run/pid"
}

# await SECONDS COMMAND...: until COMMAND is true; fails at once when the process is gone
await() {
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    pid_alive || { tail -15 "$run/out.log" >&2; fail "it ended while it started; its log is $run/out.log"; }
    [ $SECONDS -lt $end ] || { tail -15 "$run/out.log" >&2; fail "no answer in time; its log is $run/out.log"; }
    sleep 0.1
  done
}

answers_on() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }

stop_by_pid() {
  [ -f "$run/pid" ] || return 0
  local pid; pid=$(cat "$run/pid")
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 150); do kill -0 "$pid" 2>/dev/null || { rm -f "$run/pid"; return 0; }; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$run/pid"
}

# again COMMAND...: three times, for a registry that does not answer once is no reason to fail
again() {
  local attempt
  for attempt in 1 2; do "$@" && return 0; say "$server: '$1' failed, attempt $attempt of 3"; sleep $((10 * attempt)); done
  "$@"
}

command_of() { case ${1:-} in install|start|stop|health) "$1";; *) fail "say install, start, stop or health";; esac; }
