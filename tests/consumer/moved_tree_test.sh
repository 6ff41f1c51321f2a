#!/usr/bin/env bash
# Installs a build, moves the installed tree, and uses it as teams do: retry alone, everything, pkg-config.
#   moved_tree_test.sh <build folder> <scratch folder> <cmake> <C++ compiler>
set -euo pipefail
build=$1 scratch=$2 cmake=$3 compiler=$4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
fail() { echo "FAILED: $*"; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
echo "-- install, then move"
"$cmake" --install "$build" --prefix "$scratch/before" > "$scratch/install.log" || { tail "$scratch/install.log"; fail "install"; }
mv "$scratch/before" "$scratch/moved"
prefix=$scratch/moved

echo "-- no path of the build in the package files"
if grep -rnF -e "$build/" -e "$root/include" -e "$scratch/before" "$prefix"/lib*/cmake "$prefix"/lib*/pkgconfig; then
  fail "the installed tree names folders of the build"
fi
echo "-- only what belongs there"
unexpected=$(cd "$prefix" && find . -type f ! -name '*.h' ! -name '*.proto' ! -name '*.a' ! -name '*.so*' ! -name '*.dylib' \
  ! -name '*.cmake' ! -name '*.pc' ! -path './share/doc/*' ! -path './bin/*')
[ -z "$unexpected" ] || fail "unexpected files: $unexpected"
if find "$prefix/include" -path '*internal*' | grep -q .; then fail "private headers were installed"; fi
[ -f "$prefix/include/fairlead/v1/order.proto" ] || fail "order.proto does not lie beside order.pb.h"
[ -f "$prefix/include/fairlead/v1/order.pb.h" ] || fail "order.pb.h is missing"

consume() {  # consume <project>
  echo "-- $1: configure, build, run"
  "$cmake" -S "$here/$1" -B "$scratch/$1" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
    -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_STANDARD=17 -DCMAKE_PREFIX_PATH="$prefix" > "$scratch/$1.log" 2>&1 ||
    { cat "$scratch/$1.log"; fail "$1 does not configure"; }
  grep '^-- Components' "$scratch/$1.log" || true
  "$cmake" --build "$scratch/$1" > "$scratch/$1.log" 2>&1 || { cat "$scratch/$1.log"; fail "$1 does not build"; }
  "$scratch/$1/$1" || fail "$1 does not run"
}
consume retry_only
consume everything

if command -v ldd > /dev/null; then
  echo "-- retry_only is linked with nothing but the system (and abseil)"
  strangers=$(ldd "$scratch/retry_only/retry_only" | awk '{ print $1 }' |
    grep -vE '^(linux-vdso|.*/ld-linux|lib(stdc\+\+|gcc_s|m|c|pthread|rt|dl)\.so|libabsl_|libfairlead_(core|retry)\.)' || true)
  [ -z "$strangers" ] || fail "retry_only links $strangers"
fi
if nm -C "$scratch/retry_only/retry_only" 2> /dev/null | grep -E 'google::protobuf|curl_easy|sqlite3_' ; then
  fail "retry_only contains other libraries"
fi

echo "-- a component that does not exist is named, with those that do"
mkdir -p "$scratch/unknown"
cat > "$scratch/unknown/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.22)
project(unknown LANGUAGES CXX)
find_package(fairlead CONFIG REQUIRED COMPONENTS retry teleport)
CMAKE
if "$cmake" -S "$scratch/unknown" -B "$scratch/unknown/b" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_PREFIX_PATH="$prefix" > "$scratch/unknown.log" 2>&1; then
  fail "an unknown component was accepted"
fi
tr -s ' \n' ' ' < "$scratch/unknown.log" | grep -q "no component 'teleport'.*has: core, retry" ||
  { cat "$scratch/unknown.log"; fail "the message does not help"; }
sed -i 's/COMPONENTS retry teleport/COMPONENTS retry OPTIONAL_COMPONENTS teleport/' "$scratch/unknown/CMakeLists.txt"
"$cmake" -S "$scratch/unknown" -B "$scratch/unknown/b" -DCMAKE_PREFIX_PATH="$prefix" > "$scratch/unknown.log" 2>&1 ||
  { cat "$scratch/unknown.log"; fail "an unknown optional component was refused"; }

if command -v pkg-config > /dev/null; then
  echo "-- pkg-config: every module is valid; retry compiles and links"
  export PKG_CONFIG_PATH
  PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name fairlead_retry.pc)")
  for module in "$PKG_CONFIG_PATH"/*.pc; do
    pkg-config --validate "$(basename "$module" .pc)" || fail "$module"
    pkg-config --print-errors --exists "$(basename "$module" .pc)" || fail "$module requires what is not there"
  done
  # shellcheck disable=SC2046
  "$compiler" -std=c++17 -O0 "$here/retry_only/main.cc" -o "$scratch/with_pkg_config" $(pkg-config --cflags --libs fairlead_retry) ||
    fail "retry_only does not build through pkg-config"
  LD_LIBRARY_PATH=$(pkg-config --variable=libdir fairlead_retry) "$scratch/with_pkg_config"
fi
echo "The moved tree serves."
