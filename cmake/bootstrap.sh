#!/usr/bin/env bash
# Finds what building Fairlead needs, and installs what is missing from Debian's packages.
#
#   cmake/bootstrap.sh           to build and run the examples
#   cmake/bootstrap.sh --tests   also a PostgreSQL for the tests to start privately
#   cmake/bootstrap.sh --ci      also what tests/run.sh --ci checks with (clang, clang-tidy, clang-format, npm)
#   cmake/bootstrap.sh --real    also a real Tryton to talk to
#   cmake/bootstrap.sh --check   says what is missing and installs nothing (exit 1 where something is)
#
# With nothing missing it prints nothing and takes a fraction of a second. On systems without apt it prints the line for
# vcpkg, Conan or Homebrew and fails.
set -euo pipefail

tests=0 ci=0 real=0 check=0
for argument in "$@"; do
  case "$argument" in
    --tests) tests=1 ;;
    --ci) ci=1 ;;
    --real) real=1 ;;
    --check) check=1 ;;
    -h | --help) awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; exit 0 ;;
    *) echo "bootstrap.sh: unknown option $argument (see --help)" >&2; exit 2 ;;
  esac
done

# package | program that may stand for it (any version in PATH will do) | why
wanted() {
  cat <<'LIST'
g++|g++|the compiler
cmake|cmake|the build system
ninja-build|ninja|runs the build on all cores
ccache|ccache|makes the second build short
pkg-config|pkg-config|finds libraries that ship no CMake files
ca-certificates||trust store of TLS connections
libabsl-dev||abseil: status values, in every room
libprotobuf-dev||Protocol Buffers: the canonical model
protobuf-compiler|protoc|compiles the canonical model
libxxhash-dev||content digests of the canonical model
libutf8proc-dev||Unicode normalisation of the canonical model
libcurl4-openssl-dev||libcurl: the HTTP transport
libssl-dev||libcrypto: SHA-256 and HMAC of keys, webhooks and signatures
libsqlite3-dev||SQLite: the ledger of a single process
libpq-dev||libpq: the ledger of several processes, on PostgreSQL
rapidjson-dev||RapidJSON: what our JSON reader is measured and tested against
libgtest-dev||GoogleTest: the tests
libgmock-dev||GoogleMock: the tests
libgmp-dev||arbitrary precision, to check money arithmetic against
libcpp-httplib-dev||HTTP server of the example service
zlib1g-dev||zlib: compressed answers of the test servers
libbenchmark-dev||Google Benchmark: the benchmarks
LIST
  if [ "$tests" = 1 ] || [ "$ci" = 1 ]; then
    cat <<'LIST'
postgresql-15||a private server for the tests of the PostgreSQL store
LIST
  fi
  if [ "$ci" = 1 ]; then
    cat <<'LIST'
clang-14||the second compiler, sanitizers, fuzzing
libclang-rt-14-dev||runtime of the sanitizers and of libFuzzer
llvm-14||names functions in sanitizer reports
clang-tidy-14||static analysis of what changed
clang-format-14||checks the layout of the sources
npm|npx|runs buf, which lints the protos
git|git|finds what changed
LIST
  fi
  if [ "$real" = 1 ]; then
    cat <<'LIST'
tryton-server||a real ERP to talk to
tryton-modules-sale||its parties, products and sales
tryton-modules-stock-package-shipping||its shipments with packages and tracking
tryton-modules-account-payment||its payments
tryton-modules-sale-credit-limit||its refusals
tryton-proteus||fills it
python3-psycopg2||its database driver
postgresql-15||its database
curl|curl|asks whether it is up
LIST
  fi
}

if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
  missing=()
  for program in cmake ninja protoc; do command -v "$program" > /dev/null || missing+=("$program"); done
  command -v c++ > /dev/null || missing+=("c++")
  cat >&2 <<'OTHER'
This system has no apt, so nothing is installed for you. One of these lines brings what Fairlead needs:
  vcpkg:    vcpkg install abseil protobuf xxhash utf8proc curl openssl sqlite3 libpq rapidjson gtest cpp-httplib gmp benchmark zlib
  Conan:    conan install . --build=missing -s compiler.cppstd=17 -c tools.build:skip_test=False
  Homebrew: brew install cmake ninja ccache pkg-config abseil protobuf xxhash utf8proc curl openssl@3 sqlite libpq rapidjson googletest cpp-httplib gmp google-benchmark
then configure with  cmake --preset release  (vcpkg: add -DCMAKE_TOOLCHAIN_FILE=<vcpkg>/scripts/buildsystems/vcpkg.cmake)
OTHER
  [ ${#missing[@]} = 0 ] || echo "Missing programs here: ${missing[*]}" >&2
  exit 1
fi

# One question to dpkg for all packages; what it does not know at all goes to stderr and counts as missing.
names=$(wanted | cut -d'|' -f1)
# shellcheck disable=SC2086
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $names 2> /dev/null | sed -n 's/ installed$//p' || true)
missing=()
report=""
while IFS='|' read -r package program why; do
  if [[ $'\n'"$installed"$'\n' == *$'\n'"$package"$'\n'* ]]; then continue; fi
  if [ -n "$program" ] && command -v "$program" > /dev/null; then continue; fi
  missing+=("$package")
  report+=$(printf '  %-22s %s' "$package" "$why")$'\n'
done < <(wanted)
if [ ${#missing[@]} = 0 ]; then exit 0; fi

echo "Missing on this machine:"
printf '%s' "$report"
[ "$check" = 0 ] || exit 1

as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo > /dev/null; then
    echo "Not root, and there is no sudo. As root, run: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing ${#missing[@]} packages from Debian${as_root[0]:+ through sudo} …"
started=$SECONDS
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
  # A package index may be busy elsewhere for a while: wait for the lock instead of failing.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "${missing[@]}" > "$log" 2>&1
}
# The package lists of this machine often suffice; they are fetched when they do not.
if ! install; then
  if ! "${as_root[@]}" apt-get update -q -o Acquire::Retries=3 > "$log" 2>&1 || ! install; then
    tail -n 25 "$log" >&2
    echo "apt-get failed; the lines above say why. By hand: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
fi
echo "Installed in $((SECONDS - started)) s."
