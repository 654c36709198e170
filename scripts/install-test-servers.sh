#!/usr/bin/env bash
# Installs the servers that some tests run against: from Debian's packages, as root or with sudo, and one from PyPI, for whoever runs it.
set -euo pipefail

scim_server="${XDG_CACHE_HOME:-$HOME/.cache}/guildhall/scim2-server-0.8.3"
install_scim_server() {
  [ -x "$scim_server/bin/scim2-server" ] && return
  rm -rf "$scim_server"
  mkdir -p "$(dirname "$scim_server")"
  /usr/bin/python3 -m venv "$scim_server"
  "$scim_server/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$(dirname "$0")/scim-server.txt"
}

packages=(
  openssh-server openssh-client slapd ldap-utils nslcd libnss-ldapd libxml2-utils
  mariadb-server openssl python3-venv postfix mailman3 apache2 freeradius freeradius-utils sudo
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${Status}\n' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  install_scim_server
  echo "All test servers are there: ${packages[*]}, scim2-server"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Cannot install ${missing[*]}: not root, and there is no sudo" >&2; exit 1; }
  as_root=(sudo)
fi

# Without these two, installing a server would also start it.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
install_scim_server
