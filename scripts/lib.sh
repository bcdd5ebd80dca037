# Sourced by the other scripts: what a machine must have, and how the parts are built.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

# need PROGRAM WHAT-FOR: all that is missing is said at once.
missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$1 ($2)"); }
check_needs() {
  if [ ${#missing[@]} -gt 0 ]; then
    printf 'error: this machine lacks: %s\n' "$(IFS=,; echo "${missing[*]}")" >&2
    echo "install them with the system's package manager or rustup, then run this again" >&2
    exit 2
  fi
}

# apt_install PROGRAM PACKAGE…: installs the packages where the program is absent and we may.
apt_install() {
  local program=$1; shift
  command -v "$program" >/dev/null 2>&1 && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  else
    echo "note: $program is not installed and cannot be installed here; what needs it is skipped" >&2
  fi
}

# apt_install_idle PROGRAM PACKAGE: the same for a package with a service, which does not run then, nor
# after the next boot: tests start the program themselves.
apt_install_idle() {
  local policy=/usr/sbin/policy-rc.d ours=no
  command -v "$1" >/dev/null 2>&1 && return 0
  if [ "$(id -u)" = 0 ] && [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && ours=yes
  fi
  apt_install "$@" || echo "note: $2 could not be installed; what needs it is skipped" >&2
  if [ $ours = yes ]; then rm -f "$policy"; fi
  if [ "$(id -u)" = 0 ] && command -v systemctl >/dev/null 2>&1; then
    systemctl disable --quiet "$2" 2>/dev/null || true
  fi
}

# The page: built when its sources are newer than what was built.
build_page() {
  if [ ! -e ui/dist/index.html ] || [ -n "$(find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -newer ui/dist/index.html -type f -print -quit)" ]; then
    (cd ui && npm ci --no-audit --no-fund --loglevel=error && npm run build --silent)
  fi
}
