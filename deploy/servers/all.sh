#!/usr/bin/env bash
# install, start or stop every server of the production profile, side by side. Installs are kept by version in
# ${XDG_CACHE_HOME:-$HOME/.cache}/seiche-servers; pids, ports and data are in SEICHE_SERVERS_RUN, which `stop` removes.
set -euo pipefail
cd "$(dirname "$0")"
servers=${SERVERS:-postgres redis s3 kafka opensearch}
export SEICHE_SERVERS_RUN=${SEICHE_SERVERS_RUN:-/tmp/seiche-servers-$(id -u)}

side_by_side() { # ACTION: fails where one fails, after all have ended
  local pids=() failed=0 started=$SECONDS
  for server in $servers; do
    (
      ./"$server.sh" "$1" || { echo "servers: $server cannot $1" >&2; exit 1; }
      echo "servers: $server: $1 took $((SECONDS - started)) s" >&2
    ) &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  return $failed
}

healthy() { # SERVER: a busy machine may need several attempts
  for _ in $(seq 30); do ./"$1.sh" health && return 0; sleep 1; done
  return 1
}

case ${1:-} in
  install) side_by_side install ;;
  start)
    side_by_side install
    side_by_side start || { "$0" stop; exit 1; }
    for server in $servers; do healthy "$server" || { echo "servers: $server does not answer" >&2; "$0" stop; exit 1; }; done
    for server in $servers; do echo "$server 127.0.0.1:$(cat "$SEICHE_SERVERS_RUN/$server/port") pid $(cat "$SEICHE_SERVERS_RUN/$server/pid")"; done
    ;;
  stop)
    side_by_side stop
    rm -rf "$SEICHE_SERVERS_RUN"
    ;;
  *) echo "say install, start or stop" >&2; exit 2 ;;
esac
