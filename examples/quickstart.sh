#!/usr/bin/env bash
# The main job on embedded defaults: a WooCommerce store and a Tryton ERP are kept in agreement under faults, and the
# result is proved by counting on both sides.
#
#   examples/quickstart.sh                 a sandbox store and a sandbox ERP on loopback; nothing leaves this machine
#   examples/quickstart.sh --orders N      so many orders beside the captured ones (default 120, at least 20)
#   examples/quickstart.sh --seed S        another run of faults and orders (default 1)
#   examples/quickstart.sh --real          against a real Tryton, installed and started on loopback for the purpose
#
# Installs what is missing (root or sudo), builds into build/release, and may be run again at any time.
# The result: a table here, and build/quickstart/summary.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

orders=120 seed=1 real=0 faults=0.08
while [ $# -gt 0 ]; do
  case "$1" in
    --orders) orders=${2:?--orders needs a number}; shift ;;
    --seed) seed=${2:?--seed needs a number}; shift ;;
    --faults) faults=${2:?--faults needs a rate such as 0.08}; shift ;;
    --real) real=1 ;;
    -h | --help) awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; exit 0 ;;
    *) echo "examples/quickstart.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done

started=$SECONDS
say() { printf '\n==== %s  (%d s)\n' "$1" $((SECONDS - started)); }

say "1/3 what is needed"
cmake/bootstrap.sh

say "2/3 build into build/release"
mkdir -p build/quickstart
if ! cmake --preset release > build/quickstart/configure.log 2>&1; then
  cat build/quickstart/configure.log
  exit 1
fi
# Only what the main job needs: the service, the two sandboxes, the driver and the command.
cmake --build build/release --parallel "$(nproc)" --target storefront_erp quickstart fairlead

arguments=(--service build/release/bin/storefront_erp --data tests/testdata --policy examples/policies/storefront-erp.txtpb
  --work build/quickstart --orders "$orders" --seed "$seed" --faults "$faults")
if [ "$real" = 1 ]; then
  say "    a real Tryton on loopback"
  tests/real/tryton/ctl.sh reset  # An empty ERP each time, so that counting it proves something.
  eval "$(tests/real/tryton/ctl.sh env)"
  arguments+=(--tryton-url "$FAIRLEAD_TRYTON_URL" --tryton-database "$FAIRLEAD_TRYTON_DATABASE"
    --tryton-user "$FAIRLEAD_TRYTON_USER" --tryton-password "$FAIRLEAD_TRYTON_PASSWORD")
fi

say "3/3 sync, die twice, sync on, count"
rm -f build/quickstart/service.log build/quickstart/audit.log
build/release/bin/quickstart "${arguments[@]}"
