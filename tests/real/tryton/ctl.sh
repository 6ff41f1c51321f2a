#!/usr/bin/env bash
# A real Tryton 6.0 from Debian's packages on a private PostgreSQL, on loopback alone, for tests and the quickstart.
#   ctl.sh up      installs what is missing, builds the template database once, starts database and server
#   ctl.sh reset   the database as it was after the first `up`, in seconds
#   ctl.sh down    stops both; the files stay
#   ctl.sh env     prints the variables that the tests read (FAIRLEAD_TRYTON_URL, _USER, _PASSWORD, _DATABASE)
#   ctl.sh status  exit 0 if it answers, 3 if not
# FAIRLEAD_TRYTON_DIR (state; the database's own user must be able to enter it), FAIRLEAD_TRYTON_PORT 18370 and
# FAIRLEAD_TRYTON_PGPORT 54370 move it. PostgreSQL and not SQLite: SQLite's stamps have one second, so that a stale
# write passes, and parallel creates fail there.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
state="${FAIRLEAD_TRYTON_DIR:-${TMPDIR:-/var/tmp}/fairlead-tryton-$(id -u)}"
port="${FAIRLEAD_TRYTON_PORT:-18370}"
pgport="${FAIRLEAD_TRYTON_PGPORT:-54370}"
db=fairlead
password="${FAIRLEAD_TRYTON_PASSWORD:-fairlead-test-only}"
# Debian's own Python: one from elsewhere has neither trytond nor proteus.
python=/usr/bin/python3
modules="sale stock_package_shipping account_payment sale_credit_limit"
# Rises when base data change: an older template database is built anew.
generation="$(cat "${BASH_SOURCE[0]}" "$here/seed.py" | sha256sum | cut -c1-12)"
template="fairlead_base_$generation"
pgdir="$state/pg"
pidfile="$state/trytond.pid"

say() { printf '%s tryton: %s\n' "$(date +%H:%M:%S)" "$*" >&2; }
die() { say "error: $*"; exit 1; }

install_packages() {
  local missing=() p
  for p in tryton-server tryton-modules-sale tryton-modules-stock-package-shipping tryton-modules-account-payment \
           tryton-modules-sale-credit-limit tryton-proteus python3-psycopg2 postgresql-15 curl; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ "${#missing[@]}" = 0 ] && return 0
  say "installing ${missing[*]}"
  local run=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "missing packages: ${missing[*]}; install them as root"
    run=(sudo)
  fi
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >"$state/apt.log" 2>&1 ||
    { "${run[@]}" apt-get update -q >>"$state/apt.log" 2>&1 &&
      "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >>"$state/apt.log" 2>&1; } ||
    die "could not install, see $state/apt.log"
}

pgbin() { find /usr/lib/postgresql -maxdepth 2 -name bin -type d 2>/dev/null | sort -V | tail -1; }
as_pg() { # the database server refuses to run as root
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}
sql() { # sql DATABASE STATEMENT
  PGOPTIONS='-c client_min_messages=warning' "$(pgbin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$pgport" -U postgres -d "$1" -c "$2"
}
db_exists() { [ "$(sql postgres "select 1 from pg_database where datname = '$1'")" = 1 ]; }
db_clone() { # db_clone FROM TO: replaces TO
  sql postgres "drop database if exists \"$2\" with (force)"
  sql postgres "create database \"$2\" template \"$1\""
}
pg_start() {
  if [ -f "$pgdir/data/postmaster.pid" ] && "$(pgbin)/pg_isready" -q -h 127.0.0.1 -p "$pgport"; then return 0; fi
  "$(pgbin)/pg_isready" -q -h 127.0.0.1 -p "$pgport" && die "port $pgport serves another PostgreSQL; set FAIRLEAD_TRYTON_PGPORT"
  mkdir -p "$pgdir"
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$pgdir"
    as_pg test -w "$pgdir" || die "user postgres cannot reach $pgdir; set FAIRLEAD_TRYTON_DIR to a folder it can enter"
  fi
  if [ ! -f "$pgdir/data/PG_VERSION" ]; then
    # Any local user may connect: test data, loopback only.
    (cd "$pgdir" && as_pg "$(pgbin)/initdb" -D "$pgdir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$state/initdb.log" 2>&1) ||
      die "initdb failed, see $state/initdb.log"
  fi
  # No fsync: the data are worth nothing after a crash.
  (cd "$pgdir" && as_pg "$(pgbin)/pg_ctl" -D "$pgdir/data" -l "$pgdir/log" -w -t 60 \
    -o "-p $pgport -k $pgdir -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" start >/dev/null) ||
    die "PostgreSQL did not start, see $pgdir/log"
}
pg_stop() {
  if [ -f "$pgdir/data/postmaster.pid" ]; then
    (cd "$pgdir" && as_pg "$(pgbin)/pg_ctl" -D "$pgdir/data" -m fast -w stop >/dev/null) || true
  fi
}

config() {
  cat >"$state/trytond.conf" <<CONF
[web]
listen = 127.0.0.1:$port
[database]
uri = postgresql://postgres@127.0.0.1:$pgport/
language = en
[session]
max_attempt = 5
CONF
}
alive() { [ -f "$pidfile" ] && kill -0 "$(cat "$pidfile")" 2>/dev/null; }
answers() {
  curl -fs -o /dev/null -m 5 -H 'Content-Type: application/json' \
    -d '{"id":0,"method":"common.server.version","params":[]}' "http://127.0.0.1:$port/"
}
server_start() {
  if alive; then return 0; fi
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then die "port $port is taken; set FAIRLEAD_TRYTON_PORT"; fi
  nohup trytond -c "$state/trytond.conf" >"$state/trytond.log" 2>&1 </dev/null &
  echo $! >"$pidfile"
  for _ in $(seq 240); do
    if answers; then break; fi
    alive || die "the server ended while starting, see $state/trytond.log"
    sleep 0.25
  done
  answers || die "no answer within a minute, see $state/trytond.log"
  # The first call on a database loads its modules; do not let a test pay for that.
  curl -fs -o /dev/null -m 60 -H 'Content-Type: application/json' \
    -d "{\"id\":0,\"method\":\"common.db.login\",\"params\":[\"admin\",{\"password\":\"$password\"}]}" "http://127.0.0.1:$port/$db/" ||
    die "log-in failed, see $state/trytond.log"
}
server_stop() {
  if alive; then
    kill "$(cat "$pidfile")" 2>/dev/null || true
    for _ in $(seq 50); do alive || break; sleep 0.2; done
    if alive; then kill -9 "$(cat "$pidfile")" 2>/dev/null || true; fi
  fi
  rm -f "$pidfile"
}

build_template() {
  db_exists "$template" && return 0
  say "building the template database (modules: $modules)"
  sql postgres "drop database if exists ${db}_build with (force)"
  sql postgres "create database ${db}_build"
  printf '%s\n' "$password" >"$state/pass"
  chmod 600 "$state/pass"
  # shellcheck disable=SC2086
  TRYTONPASSFILE="$state/pass" trytond-admin -c "$state/trytond.conf" -d "${db}_build" --email admin@example.com -l en \
    -u ir res $modules --activate-dependencies >"$state/init.log" 2>&1 || die "module set-up failed, see $state/init.log"
  say "company, accounts, taxes, warehouses, products"
  "$python" "$here/seed.py" "postgresql://postgres@127.0.0.1:$pgport/${db}_build" "$state/trytond.conf" >"$state/seed.log" 2>&1 ||
    die "base data failed, see $state/seed.log"
  sql postgres "alter database ${db}_build rename to \"$template\""
  local old
  for old in $(sql postgres "select datname from pg_database where datname like 'fairlead\\_base\\_%' and datname <> '$template'"); do
    sql postgres "drop database \"$old\""
  done
  # A database that was cloned from an older template no longer has what the tests expect.
  sql postgres "drop database if exists \"$db\" with (force)"
}
up() {
  mkdir -p "$state"
  install_packages
  config
  pg_start
  db_exists "$template" || server_stop
  build_template
  db_exists "$db" || db_clone "$template" "$db"
  server_start
  say "up: http://127.0.0.1:$port/$db/"
}

case "${1:-}" in
  up) up ;;
  down) server_stop; pg_stop; say "down" ;;
  reset)
    mkdir -p "$state"
    server_stop
    install_packages
    config
    pg_start
    build_template
    db_clone "$template" "$db"
    server_start
    say "reset"
    ;;
  env) printf 'FAIRLEAD_TRYTON_URL=http://127.0.0.1:%s\nFAIRLEAD_TRYTON_DATABASE=%s\nFAIRLEAD_TRYTON_USER=admin\nFAIRLEAD_TRYTON_PASSWORD=%s\n' "$port" "$db" "$password" ;;
  status) if alive && answers; then say "answers"; else say "is down"; exit 3; fi ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
