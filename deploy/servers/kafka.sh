#!/usr/bin/env bash
# One Kafka node (KRaft, broker and controller in one process) from its own jars, on loopback. Needs Java 17 and mvn.
server=kafka
. "$(dirname "$0")/common.sh"
home=$CACHE/kafka-$kafka_version

install() {
  [ -f "$home/done" ] && return 0
  command -v mvn >/dev/null || fail "mvn is missing: apt-get install maven"
  rm -rf "$home.new"; mkdir -p "$home.new"
  again mvn -B -q -Dkafka.version=$kafka_version -f "$here/kafka/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$home.new/lib"
  touch "$home.new/done"; rm -rf "$home"; mv "$home.new" "$home"
}

start() {
  pid_alive && return 0
  local port cport heap=${KAFKA_HEAP:-384m} log="-Dlog4j2.configurationFile=file:$here/kafka/log4j2.properties"
  port=$(port_file port "${KAFKA_PORT:-}"); cport=$(port_file controller-port "")
  cat > "$run/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$cport
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$cport
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$run/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# a broker killed with -9 may register again only after its old session has run out (9 s by default)
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# tests of retention shorten it: look for old segments often
log.retention.check.interval.ms=1000
log.segment.delete.delay.ms=1000
log.initial.task.delay.ms=1000
P
  [ -f "$run/data/meta.properties" ] || {
    local id; id=$(java "$log" -cp "$home/lib/*" kafka.tools.StorageTool random-uuid)
    java "$log" -cp "$home/lib/*" kafka.tools.StorageTool format -t "$id" -c "$run/server.properties" > "$run/format.log"
  }
  : > "$run/out.log"
  launch "$run/out.log" java "-Xms$heap" "-Xmx$heap" -XX:+UseG1GC -XX:TieredStopAtLevel=1 -Djava.awt.headless=true "$log" -cp "$home/lib/*" kafka.Kafka "$run/server.properties"
  await 180 grep -q 'Kafka Server started' "$run/out.log"
}

stop() { stop_by_pid; }
health() { pid_alive && answers_on "$(cat "$run/port")"; }
command_of "$@"
