# Source this file: it builds the programs, starts a local network (a Starknet devnet with the contracts,
# four validators, a funded coordinator wallet) and exports SAGE_NETWORK, SAGE_HOME and
# SAGE_PASSWORD_FILE. Everything ends with the shell that sourced it.

sage_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
make --silent -C "$sage_root" build >&2
PATH="$sage_root/bin:$PATH"
export PATH

# The first line that `sage-devnet up` prints is the path of a file with the exports; it comes when all
# is ready.
exec {sage_ready}< <(exec sage-devnet up)
sage_devnet_pid=$!
sage_stop() {
  local job
  for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
  kill "$sage_devnet_pid" 2>/dev/null || true
  wait 2>/dev/null || true
}
trap sage_stop EXIT
if ! read -r -u "$sage_ready" sage_env; then
  echo "the local network did not come up" >&2
  exit 1
fi
# shellcheck disable=SC1090
source "$sage_env"
