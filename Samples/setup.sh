# Installs what Voxplain builds with on Debian 12; sourced by quickstart.sh and Tests/run.sh.
# Swift 6 must be there already: https://www.swift.org/install/linux/

# require PACKAGE ...: installs the Debian packages that are missing, with sudo where not root.
require() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "please install as root: apt-get install ${missing[*]}" >&2; return 1; }
    root=(sudo)
  fi
  echo "installing ${missing[*]}" >&2
  "${root[@]}" apt-get update -qq </dev/null
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" </dev/null >/dev/null
}

command -v swift >/dev/null || { echo "Swift 6 is missing: see https://www.swift.org/install/linux/" >&2; exit 1; }
require zlib1g-dev libpng-dev libgdcm-dev libdnnl-dev
