#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests. ctest's own summary is the last thing printed.
#
#   tests/run.sh                     everything that needs no server of somebody else
#   tests/run.sh -R REGEX            only the tests whose name matches
#   tests/run.sh --sim N             also N seeds of the ledger in its simulated world
#   tests/run.sh --real              also against a real Tryton, installed and started on loopback for the purpose
#   tests/run.sh --nightly           also the long ones, and ten minutes for each fuzz target
#   tests/run.sh --ci                what CI runs: layout, both compilers, all tests, sanitizers, clang-tidy on what
#                                    changed, buf, 20 s for each fuzz target; minutes per stage
#   tests/run.sh --live woocommerce  the conformance kit against the store of FAIRLEAD_WOO_URL, _KEY, _SECRET
#   tests/run.sh --live tryton       the same against FAIRLEAD_TRYTON_URL, _DATABASE, _USER, _PASSWORD
#       A live run writes records. Any host but loopback must be named: --yes-write-to HOST
#
# Everything it makes lies under build/. It may be run again at any time and only does what is new.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

ci=0 nightly=0 real=0 sim=0 live=() write_hosts=() only=()
while [ $# -gt 0 ]; do
  case "$1" in
    --ci) ci=1 ;;
    --nightly) nightly=1 ;;
    --real) real=1 ;;
    --sim) sim=${2:?--sim needs a number of seeds}; shift ;;
    --live) live+=("${2:?--live needs woocommerce or tryton}"); shift ;;
    --yes-write-to) write_hosts+=("${2:?--yes-write-to needs a host}"); shift ;;
    -R) only=(-R "${2:?-R needs a regular expression}"); shift ;;
    -h | --help) awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; exit 0 ;;
    *) echo "tests/run.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done
jobs=$(nproc)

# ---- stages: each is timed, a failed one does not hide the next one's result ---------------------------------------
stages=() failed=()
stage() {  # stage "name" function: runs it in a subshell of its own, so that it may cd, export and set -e
  local name=$1 started=$SECONDS status=0
  shift
  printf '\n==== %s\n' "$name"
  # Not as a condition: bash would ignore -e inside of it.
  set +e
  ( set -e; "$@" )
  status=$?
  set -e
  local line
  line=$(printf '%-44s %5.1f min  %s' "$name" "$(awk "BEGIN { print ($SECONDS - $started) / 60 }")" \
    "$([ $status = 0 ] && echo passed || echo FAILED)")
  stages+=("$line")
  [ $status = 0 ] || failed+=("$name")
  return 0
}
passed() { local name; for name in "${failed[@]+"${failed[@]}"}"; do [ "$name" != "$1" ] || return 1; done; }
table() {
  printf '\n==== Stages\n'
  printf '%s\n' "${stages[@]}"
  [ ${#failed[@]} = 0 ] || printf 'FAILED: %s\n' "${failed[@]}"
}
# The system's own tools only: what a developer's shell adds must not change what a test run does.
tool() { command -v "$1-14" || command -v "$1"; }

bootstrap() {
  local options=(--tests)
  [ $ci = 0 ] || options+=(--ci)
  [ $real = 0 ] || options+=(--real)
  cmake/bootstrap.sh "${options[@]}"
}

layout() {
  git ls-files -z -- '*.h' '*.cc' ':!tests/testdata' | xargs -0 -r -P "$jobs" -n 40 "$(tool clang-format)" --dry-run -Werror
}

build_release() {
  cmake --preset release > build/configure.log 2>&1 || { cat build/configure.log; return 1; }
  cmake --build --preset release --parallel "$jobs"
}

build_ci() {
  cmake --preset release -B build/ci -DFAIRLEAD_DEVELOPER=ON
  cmake --build build/ci --parallel "$jobs"
  cmake --build build/ci --parallel "$jobs" --target fairlead_benchmarks
}

build_asan() {
  cmake --preset asan
  cmake --build --preset asan --parallel "$jobs"
}

sanitizer_options() {
  export ASAN_OPTIONS=abort_on_error=0:detect_stack_use_after_return=1:strict_string_checks=1
  export UBSAN_OPTIONS=print_stacktrace=1
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$PWD/.ci/tsan.supp
  export ASAN_SYMBOLIZER_PATH TSAN_SYMBOLIZER_PATH
  ASAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer-14 || true)
  TSAN_SYMBOLIZER_PATH=$ASAN_SYMBOLIZER_PATH
}

test_asan() {
  sanitizer_options
  # The contract tests too: there the parsers and the connectors meet what real systems send.
  ctest --test-dir build/asan -L '^(unit|simulation|contract)$' -j "$jobs" --output-on-failure --no-tests=error
}

test_tsan() {
  cmake --preset tsan
  cmake --build --preset tsan --parallel "$jobs" --target fairlead_tests_unit fairlead_tests_simulation
  sanitizer_options
  ctest --test-dir build/tsan -L '^(unit|simulation)$' -j "$jobs" --output-on-failure --no-tests=error
}

# What changed against the branch this one leaves, or against the commit before. Bounded: each file takes seconds, and
# a commit that touches everything is not worth an hour.
tidy() {
  local base limit=20 files
  base=$(git merge-base HEAD origin/HEAD 2> /dev/null || true)
  if [ -z "$base" ] || [ "$base" = "$(git rev-parse HEAD)" ]; then
    base=$(git rev-parse --verify -q HEAD~1 || true)
  fi
  if [ -z "$base" ]; then echo "No earlier commit to compare with: nothing changed."; return 0; fi
  # Of a changed header, the source of the same name is looked at.
  files=$(git diff --name-only --diff-filter=d "$base" -- '*.cc' '*.h' | sed -E 's,^include/fairlead/(.*)\.h$,src/\1.cc,' |
    grep '\.cc$' | sort -u | while read -r file; do
      if [ -f "$file" ] && grep -qF "/$file\"" build/asan/compile_commands.json; then echo "$file"; fi
    done)
  if [ -z "$files" ]; then echo "No source that is compiled changed since $(git rev-parse --short "$base")."; return 0; fi
  echo "Changed since $(git rev-parse --short "$base"): $(wc -l <<< "$files") files"
  [ "$(wc -l <<< "$files")" -le $limit ] || echo "The first $limit of them are looked at: $((limit)) is the bound of a run."
  head -n $limit <<< "$files" | xargs -P "$jobs" -n 1 "$(tool clang-tidy)" -p build/asan --quiet
}

buf_lint() {
  if [ ! -f buf.yaml ]; then echo "buf.yaml does not exist: nothing to lint with."; return 1; fi
  if ! command -v npm > /dev/null; then echo "npm is missing: buf cannot be fetched."; return 1; fi
  if [ ! -x build/tools/buf/node_modules/.bin/buf ]; then
    mkdir -p build/tools/buf
    if ! npm install --prefix build/tools/buf --no-audit --no-fund --no-save --loglevel=error @bufbuild/buf@1.75.0; then
      echo "The npm registry did not deliver @bufbuild/buf: the protos were not linted."
      return 1
    fi
  fi
  build/tools/buf/node_modules/.bin/buf lint
  echo "buf lint: no finding."
}

fuzz_one() {  # fuzz_one conf seconds
  local name corpus='' dictionary='' arguments=()
  name=$(basename "$1" .conf)
  # shellcheck disable=SC1090
  . "$1"
  mkdir -p "build/asan/fuzz/corpus/$name"
  arguments=("build/asan/fuzz/corpus/$name")
  [ -z "$corpus" ] || arguments+=("$corpus")
  [ -z "$dictionary" ] || arguments+=("-dict=$dictionary")
  if "build/asan/fuzz/$name" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="build/asan/fuzz/$name-" "${arguments[@]}" > "build/asan/fuzz/$name.log" 2>&1; then
    echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "build/asan/fuzz/$name.log") inputs in $2 s, no finding"
  else
    tail -n 40 "build/asan/fuzz/$name.log"
    echo "$name: FAILED; the input lies in build/asan/fuzz/$name-*"
    return 1
  fi
}

fuzz() {
  local seconds=20
  [ $nightly = 0 ] || seconds=600
  sanitizer_options
  export -f fuzz_one
  if ! ls build/asan/fuzz/*.conf > /dev/null 2>&1; then echo "No fuzz target is built."; return 0; fi
  printf '%s\n' build/asan/fuzz/*.conf | xargs -P "$jobs" -I{} bash -c 'set -e; fuzz_one "$1" "$2"' fuzz {} $seconds
}

# ---- live: somebody's own system -------------------------------------------------------------------------------------
live_host() {  # the host of a URL, without scheme, user, port and path
  local url=${1#*://}
  url=${url%%/*}
  url=${url##*@}
  case "$url" in '['*) url=${url%%]*}; url=${url#[} ;; *) url=${url%%:*} ;; esac
  echo "$url"
}
check_live() {
  local system url host allowed
  for system in "${live[@]}"; do
    case "$system" in
      woocommerce) url=${FAIRLEAD_WOO_URL:-}; : "${FAIRLEAD_WOO_KEY:?is needed for --live woocommerce}" \
        "${FAIRLEAD_WOO_SECRET:?is needed for --live woocommerce}" ;;
      tryton) url=${FAIRLEAD_TRYTON_URL:-} ;;
      *) echo "tests/run.sh: --live knows woocommerce and tryton, not $system" >&2; exit 2 ;;
    esac
    [ -n "$url" ] || { echo "tests/run.sh: --live $system needs the system's URL in the environment (see --help)" >&2; exit 2; }
    host=$(live_host "$url")
    case "$host" in localhost | 127.* | ::1) continue ;; esac
    for allowed in "${write_hosts[@]+"${write_hosts[@]}"}"; do [ "$allowed" != "$host" ] || continue 2; done
    echo "tests/run.sh: the kit writes records, and $host is not loopback. If that is meant: --yes-write-to $host" >&2
    exit 2
  done
}

kit() {  # kit <system>: the conformance kit against whatever the environment names
  local allowed=() host
  for host in "${write_hosts[@]+"${write_hosts[@]}"}"; do allowed+=(--yes-write-to "$host"); done
  "$main/bin/conformance_live" "$1" --json "build/conformance-$1.json" "${allowed[@]+"${allowed[@]}"}"
}
real_tryton() {
  tests/real/tryton/ctl.sh up
  trap 'tests/real/tryton/ctl.sh down' EXIT
  set -a
  eval "$(tests/real/tryton/ctl.sh env)"
  set +a
  local status=0
  "$main/bin/tryton_real_test" --url="$FAIRLEAD_TRYTON_URL" --database="$FAIRLEAD_TRYTON_DATABASE" \
    --user="$FAIRLEAD_TRYTON_USER" --password="$FAIRLEAD_TRYTON_PASSWORD" || status=1
  kit tryton || status=1
  return $status
}

# ---- the run -----------------------------------------------------------------------------------------------------------
[ ${#live[@]} = 0 ] || check_live
mkdir -p build
stage "Packages" bootstrap
passed "Packages" || exit 1

main=build/release
if [ $ci = 1 ]; then
  main=build/ci
  stage "Layout (clang-format)" layout
  stage "Build: g++, warnings are errors" build_ci
  stage "Build: clang, address+undefined sanitizers" build_asan
  stage "Tests: address+undefined sanitizers" test_asan
  stage "Fuzz targets" fuzz
  stage "Build and tests: thread sanitizer" test_tsan
  stage "clang-tidy on what changed" tidy
  stage "buf lint" buf_lint
else
  stage "Build: g++" build_release
  if [ $nightly = 1 ]; then
    stage "Build: clang, address+undefined sanitizers" build_asan
    stage "Fuzz targets" fuzz
  fi
fi

configuration=()
[ $nightly = 0 ] || configuration=(-C Nightly)
if [ $real = 1 ]; then stage "Real Tryton" real_tryton; fi
if [ "$sim" != 0 ]; then stage "Simulation: $sim seeds" "$main/bin/ledger_sim" --sim "$sim"; fi
for system in "${live[@]+"${live[@]}"}"; do
  stage "Live: $system" kit "$system"
done

table
if [ "$main" = build/ci ]; then passed "Build: g++, warnings are errors" || exit 1; else passed "Build: g++" || exit 1; fi
printf '\n==== Tests: g++\n'
status=0
ctest --test-dir "$main" "${configuration[@]+"${configuration[@]}"}" -j "$jobs" --output-on-failure --no-tests=error \
  "${only[@]+"${only[@]}"}" || status=$?
if [ ${#failed[@]} != 0 ]; then
  printf 'tests/run.sh: FAILED before the tests: %s\n' "${failed[@]}" >&2
  exit 1
fi
exit $status
