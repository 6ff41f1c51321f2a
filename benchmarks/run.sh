#!/usr/bin/env bash
# Builds and runs the benchmarks: raw results as JSON in build/benchmarks/, and a table on the screen.
#
#   benchmarks/run.sh             all of them
#   benchmarks/run.sh ledger      those whose program's name contains "ledger"
#   benchmarks/run.sh --quick     a tenth of the time: to see that they run, not to quote
#   benchmarks/run.sh --table     only prints the table of the last run
#
# Use an idle machine: what is compared is measured in turn, in the same process, and the table shows the ratios.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

quick=0 table_only=0 filter=""
for argument in "$@"; do
  case "$argument" in
    --quick) quick=1 ;;
    --table) table_only=1 ;;
    -h | --help) awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; exit 0 ;;
    -*) echo "benchmarks/run.sh: unknown option $argument (see --help)" >&2; exit 2 ;;
    *) filter=$argument ;;
  esac
done

out=build/benchmarks
mkdir -p "$out"
if [ $table_only = 0 ]; then
  cmake/bootstrap.sh
  cmake --preset release > "$out/configure.log" 2>&1 || { cat "$out/configure.log"; exit 1; }
  cmake --build --preset release --target fairlead_benchmarks
  minimum=()
  [ $quick = 0 ] || minimum=(--benchmark_min_time=0.05)
  ran=0
  for source in benchmarks/*_benchmark.cc; do
    name=$(basename "$source" .cc)
    if [ ! -f "$source" ] || [[ "$name" != *"$filter"* ]]; then continue; fi
    printf '\n==== %s\n' "$name"
    "build/release/bin/$name" --benchmark_out="$out/$name.json" --benchmark_out_format=json "${minimum[@]+"${minimum[@]}"}"
    ran=$((ran + 1))
  done
  if [ $ran = 0 ]; then echo "No benchmark's name contains '$filter'." >&2; exit 2; fi
fi
if ! ls "$out"/*.json > /dev/null 2>&1; then echo "No results in $out yet." >&2; exit 1; fi

# Google Benchmark writes one field a line. A benchmark named X/baseline:WHAT[/…] is what X[/…] is measured against.
printf '\n==== Summary\n%-64s %14s %14s %8s\n' "benchmark" "items/s" "MB/s" "ratio"
awk '
  function value(line) { sub(/^[^:]*: */, "", line); sub(/,? *$/, "", line); gsub(/"/, "", line); return line }
  function flush() {
    if (name != "" && kind != "aggregate") {
      order[++n] = name; items[name] = rate; bytes[name] = mega
    }
    name = ""; rate = 0; mega = 0; kind = ""
  }
  /^ *"benchmarks": *\[/ { inside = 1; next }
  FNR == 1 { flush(); inside = 0 }
  !inside { next }
  /^ *"name":/ { flush(); name = value($0) }
  /^ *"run_type":/ { kind = value($0) }
  /^ *"items_per_second":/ { rate = value($0) }
  /^ *"bytes_per_second":/ { mega = value($0) / 1e6 }
  END {
    flush()
    for (i = 1; i <= n; ++i) {
      name = order[i]
      printf "%-64s %14s %14s\n", name, items[name] ? sprintf("%.0f", items[name]) : "-", bytes[name] ? sprintf("%.1f", bytes[name]) : "-"
    }
    # ratios: ours first, then each baseline of the same family and arguments
    for (i = 1; i <= n; ++i) {
      if (order[i] !~ /\/baseline:/) continue
      own = order[i]; sub(/\/baseline:[^\/]*/, "", own)
      what = order[i]; sub(/^.*\/baseline:/, "", what); sub(/\/.*$/, "", what)
      if ((own in items) && items[order[i]] > 0) {
        printf "%-64s %14s %14s %8.2f\n", own, "", "vs " what, items[own] / items[order[i]]
      }
    }
  }
' "$out"/*.json
