#!/bin/bash
# Brings kubectl 1.32 and 1.36 from Debian's archive (trixie and sid) into $1/kubectl-1.32 and $1/kubectl-1.36, without
# touching the system's packages. Prints why and exits 1 where that cannot be done.
set -euo pipefail
into=${1:?folder}
[ -x "$into/kubectl-1.36/usr/bin/kubectl" ] && [ -x "$into/kubectl-1.32/usr/bin/kubectl" ] && exit 0
command -v apt-get >/dev/null || { echo "no apt-get here"; exit 1; }
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r $keyring ] || { echo "no Debian keyring here"; exit 1; }
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
[ -n "$mirror" ] || { echo "no Debian mirror configured"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists" "$work/cache/archives/partial" "$into"
for suite in trixie sid; do echo "deb [signed-by=$keyring] $mirror $suite main"; done >"$work/sources.list"
options=(-o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o Dir::State::status=/dev/null -o APT::Sandbox::User=)
apt-get "${options[@]}" update -qq
(cd "$work" && apt-get "${options[@]}" download -qq kubectl/trixie kubectl/sid)
for package in "$work"/kubectl_*.deb; do
  version=$(dpkg-deb -f "$package" Version | grep -oE '^[0-9]+\.[0-9]+')
  dpkg -x "$package" "$into/kubectl-$version"
done
[ -x "$into/kubectl-1.36/usr/bin/kubectl" ] && [ -x "$into/kubectl-1.32/usr/bin/kubectl" ] || { echo "the archive has other versions now: $(ls "$into")"; exit 1; }
