#!/usr/bin/env bash
# One OpenSearch node from the project's own jars, on loopback: 3.8 where a Java 21 or newer lies beside, else 2.19 on Java 17. Needs mvn.
server=opensearch
. "$(dirname "$0")/common.sh"

# The Java that JAVA names, else the newest on this machine.
newest_java() {
  local best="" best_version=0 candidate version
  for candidate in ${JAVA:-"$(command -v java)" /usr/lib/jvm/*/bin/java}; do
    [ -x "$candidate" ] || continue
    version=$("$candidate" -version 2>&1 | sed -nE '1s/.*version "([0-9]+).*/\1/p')
    [ "${version:-0}" -gt "$best_version" ] && { best=$candidate best_version=$version; }
  done
  echo "$best_version $best"
}
read -r java_version java < <(newest_java)
opensearch_version=${OPENSEARCH_VERSION:-$([ "$java_version" -ge 21 ] && echo 3.8.0 || echo 2.19.6)}
home=$CACHE/opensearch-$opensearch_version

# module NAME CLASS EXTENDS JAR...: moves its jars out of lib and writes its descriptor
module() {
  local name=$1 class=$2 extends=$3; shift 3
  case $(python3 -m zipfile -l "$1") in *"/${class##*.}.class "*) ;; *) class=${class/ModulePlugin/Plugin};; esac # 2.x has the shorter names
  mkdir -p "../modules/$name"; mv "$@" "../modules/$name/"
  printf '%s\n' "name=$name" "description=$name" "version=$core" "opensearch.version=$core" "java.version=11" \
    "classname=org.opensearch.$class" "extended.plugins=$extends" "has.native.controller=false" > "../modules/$name/plugin-descriptor.properties"
  # 2.x runs under Java's security manager and would need each module's own policy: for a loopback test node, grant all
  case $opensearch_version in 2.*) echo 'grant { permission java.security.AllPermission; };' > "../modules/$name/plugin-security.policy";; esac
}

install() {
  [ -f "$home/done" ] && return 0
  command -v mvn >/dev/null || fail "mvn is missing: apt-get install maven"
  shopt -s nullglob
  local new=$home.new two=(); case $opensearch_version in 2.*) two=(-Dos2);; esac
  rm -rf "$new"; mkdir -p "$new"/{bin,lib,modules,plugins}
  again mvn -B -q "-Dv=$opensearch_version" "${two[@]}" -f "$here/opensearch/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$new/lib"
  cd "$new/lib"; rm -f netty-codec-native-quic-*-{osx,windows,linux-aarch}*.jar
  core=$(ls opensearch-core-*.jar | sed 's/opensearch-core-\(.*\)\.jar/\1/')
  module lang-painless painless.PainlessModulePlugin "" lang-painless-*.jar opensearch-scripting-painless-spi-*.jar antlr4-runtime-*.jar asm-*.jar
  module analysis-common analysis.common.CommonAnalysisModulePlugin lang-painless analysis-common-*.jar
  module transport-netty4 transport.Netty4ModulePlugin "" transport-netty4-client-*.jar opensearch-netty4-*.jar netty-*.jar
  module reindex index.reindex.ReindexModulePlugin "" reindex-client-*.jar opensearch-rest-client-*.jar opensearch-ssl-config-*.jar http*.jar commons-codec-*.jar commons-logging-*.jar slf4j-api-*.jar
  module aggs-matrix-stats search.aggregations.matrix.MatrixAggregationModulePlugin "" aggs-matrix-stats-client-*.jar
  module parent-join join.ParentJoinModulePlugin "" parent-join-client-*.jar
  module mapper-extras index.mapper.MapperExtrasModulePlugin "" mapper-extras-client-*.jar
  touch "$new/done"; rm -rf "$home"; mv "$new" "$home"; cd "$here"
}

start() {
  pid_alive && return 0
  local port tport heap=${OPENSEARCH_HEAP:-384m} node=$run/node options=() user=
  port=$(port_file port "${OPENSEARCH_PORT:-}"); tport=$(port_file transport-port "")
  mkdir -p "$node"/{config,data,logs}
  # OpenSearch refuses root, and nobody may not look into root's cache: the node runs over a copy in the run folder.
  [ -d "$node/lib" ] || cp -r "$home"/{bin,lib,modules,plugins} "$node/"
  printf '%s\n' "cluster.name: seiche-test" "node.name: n1" "network.host: 127.0.0.1" "http.port: $port" "transport.port: $tport" \
    "discovery.type: single-node" "cluster.routing.allocation.disk.threshold_enabled: false" "node.store.allow_mmap: false" > "$node/config/opensearch.yml"
  cp "$here/opensearch/log4j2.properties" "$node/config/log4j2.properties"
  ls "$node"/lib/opensearch-agent-* >/dev/null 2>&1 || options=(-Djava.security.manager=allow) # 2.x
  case $("$java" --list-modules) in *jdk.incubator.vector*) options+=(--add-modules=jdk.incubator.vector);; esac
  if [ "$(id -u)" = 0 ]; then user=nobody; chmod 755 "$RUN" "$run"; chown -R nobody "$node"; fi
  : > "$run/out.log"; cd "$node"
  local command=("$java" "-Xms$heap" "-Xmx$heap" -XX:+UseG1GC -XX:TieredStopAtLevel=1 -Dfile.encoding=UTF-8 -Djava.awt.headless=true "-Djna.tmpdir=$node/data" "-Djava.io.tmpdir=$node/data"
    -Dlog4j2.disable.jmx=true -Dlog4j.shutdownHookEnabled=false "-Dopensearch.path.home=$node" "-Dopensearch.path.conf=$node/config" -Dopensearch.distribution.type=tar
    "${options[@]}" --add-opens=java.base/java.nio=ALL-UNNAMED --enable-native-access=ALL-UNNAMED -cp "$node/lib/*" org.opensearch.bootstrap.OpenSearch)
  if [ -n "$user" ]; then launch "$run/out.log" setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "${command[@]}"; else launch "$run/out.log" "${command[@]}"; fi
  await 240 grep -q '\] started' "$run/out.log"
}

stop() { stop_by_pid; }
health() { pid_alive && python3 -c "import sys, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{sys.argv[1]}/_cluster/health?wait_for_status=yellow&timeout=2s', timeout=5)" "$(cat "$run/port")"; }
command_of "$@"
