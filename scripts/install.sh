#!/usr/bin/env bash
# Installs twinstile as a service on Debian 12 or like: ./scripts/install.sh [--dry-run] [--root DIR]
# Can be run again at any time, which is how an upgrade is done. Configuration, keys and data are never overwritten.
#   --dry-run    say what would be done, and do nothing
#   --root DIR   put the files below DIR, and leave users and services of this machine alone
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

dry_run=no
root=''
kept_settings=no
while [ "$#" -gt 0 ]; do
  case "$1" in
    --dry-run) dry_run=yes ;;
    --root) root="${2:?--root needs a folder}"; shift ;;
    *) printf 'install.sh: unknown option %s\n' "$1" >&2; exit 2 ;;
  esac
  shift
done

program="$root/opt/twinstile"
settings="$root/etc/twinstile"
units="$root/etc/systemd/system"
sysusers="$root/usr/lib/sysusers.d"
tmpfiles="$root/usr/lib/tmpfiles.d"

# The program and its runtime are 230 MB; the rest is for the database to go on.
ROOM_MB=350

# shellcheck source=scripts/runtime
. "$here/scripts/runtime"
# shellcheck source=scripts/releases
. "$here/scripts/releases"

say() { printf '%s\n' "$*"; }
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }
# Does it, or says it.
do_it() {
  if [ "$dry_run" = yes ]; then printf 'would run: %s\n' "$*"; else "$@"; fi
}
# What concerns this machine and not only its files.
on_machine() { if [ -z "$root" ]; then do_it "$@"; fi; }

check() {
  [ -f "$here/dist/main.js" ] || fail 'there is no dist/main.js. Run ./scripts/setup first.'
  [ -x "$here/scripts/with-notify" ] || fail 'scripts/with-notify cannot be run. Copy the folder with its rights (cp -a).'
  case "$here/" in "$program"/*) fail "this is the installed copy. Run install.sh from the unpacked release." ;; esac
  [ ! -e "$program/package/RELEASE" ] || fail "a package is installed in $program: apt install ./twinstile_….deb upgrades it, and apt remove takes it away."
  use_node || fail 'there is no Node.js that can be used. Run ./scripts/setup first.'
  node -e 'process.exit(0)' || fail "$(command -v node) cannot be run on this machine."
  enough_room
  [ -n "$root" ] && return
  [ "$dry_run" = yes ] || [ "$(id -u)" -eq 0 ] || fail 'only root can install a service. Run it with sudo, or try --dry-run.'
  command -v systemctl >/dev/null || fail 'there is no systemd here.'
  [ -x /usr/bin/perl ] || fail 'there is no /usr/bin/perl. Run: apt-get install perl-base'
}

# An upgrade holds two programs for a moment.
enough_room() {
  local folder="$program" free
  while [ ! -d "$folder" ]; do folder="$(dirname "$folder")"; done
  free="$(df --output=avail -m "$folder" | tail -n 1)"
  [ "$free" -ge "$ROOM_MB" ] || fail "there are only $free MB free for $program, and $ROOM_MB are needed. Nothing was changed."
}

# The program is replaced as one (scripts/releases); model packs that were pulled stay.
install_program() {
  local version part
  version="$(node -p 'require(process.argv[1]).version ?? 0' "$here/package.json")"
  if [ "$dry_run" = yes ]; then
    say "would make: $program/releases/$version-…, and turn $program/current to it"
    return
  fi
  part="$(new_release "$version-$(date -u +%Y%m%dT%H%M%S)")"
  # A full disk in the middle, above all.
  trap 'rm -rf "$part"; say "install.sh: the program could not be put in place (the reason is above), and what was installed before is untouched. Mend it and run install.sh again." >&2' ERR
  node "$here/scripts/package/program-files.mjs" "$part"
  install_runtime "$part/runtime/bin"
  if [ -z "$root" ]; then chown -R root:root "$part"; fi
  use_release "$part"
  trap - ERR
}

# The Node that the bindings were compiled for: a link to the system's, or a copy of one that the service could not read.
install_runtime() {
  local node
  node="$(readlink -f "$(command -v node)")"
  mkdir -p "$1"
  case "$node" in
    /usr/*) ln -s "$node" "$1/node" ;;
    *) install -m 755 "$node" "$1/node" ;;
  esac
}

install_user() {
  do_it install -D -m 644 "$here/systemd/twinstile.sysusers" "$sysusers/twinstile.conf"
  on_machine systemd-sysusers "$sysusers/twinstile.conf"
  do_it install -D -m 644 "$here/systemd/twinstile.tmpfiles" "$tmpfiles/twinstile.conf"
  on_machine systemd-tmpfiles --create "$tmpfiles/twinstile.conf"
  # People are enrolled before the service first starts, which would make it.
  on_machine install -d -m 700 -o twinstile -g twinstile /var/lib/twinstile
  # A command that root typed before may have made a database there, which the service could not open.
  on_machine chown -R --no-dereference twinstile:twinstile /var/lib/twinstile
}

# What is typed, and who may type what needs the service's user.
install_command() {
  do_it put_file 755 "$here/scripts/twinstile" "$root/usr/local/bin/twinstile"
  if [ "$dry_run" = yes ]; then say "would write: $root/etc/sudoers.d/twinstile"; else let_admins_in; fi
}

install_settings() {
  do_it install -d -m 755 "$settings"
  if [ -e "$settings/twinstile.yaml" ]; then
    kept_settings=yes
    say "kept: $settings/twinstile.yaml"
  else
    do_it put_file 640 "$here/config/example.yaml" "$settings/twinstile.yaml"
    on_machine chgrp twinstile "$settings/twinstile.yaml"
  fi
  # Editors find it by the first line of the example.
  if [ "$dry_run" = yes ]; then say "would write: $settings/twinstile.schema.json"
  else twinstile_now config schema --out "$settings/twinstile.schema.json"
  fi
  new_key gallery gallery.key
  new_key grant grant.key
  new_key gate gate.key
  if [ -e "$settings/mqtt-password" ]; then say "kept: $settings/mqtt-password"
  else do_it install -m 600 /dev/null "$settings/mqtt-password"
  fi
}

# Only root reads the keys; systemd hands them to the service as credentials.
new_key() {
  if [ -e "$settings/$2" ]; then say "kept: $settings/$2"
  elif [ "$dry_run" = yes ]; then say "would run: twinstile keys new $1 --out $settings"
  else twinstile_now keys new "$1" --out "$settings"
  fi
}

# The unit allows the site's own network and its own folder.
install_needs() {
  # The example names nothing that is real.
  [ "$kept_settings" = yes ] || return 0
  if [ "$dry_run" = yes ]; then
    say "would write: $units/twinstile.service.d/50-configuration.conf, if the configuration needs more than the unit allows"
    return 0
  fi
  write_needs 'run install.sh again when it is right.' 'Run install.sh again when that changes.'
}

install_units() {
  local unit
  for unit in twinstile.service twinstile-gate@.service twinstile-sync.service twinstile-sync.timer; do
    do_it put_file 644 "$here/systemd/$unit" "$units/$unit"
  done
  install_needs
  on_machine systemctl daemon-reload
  on_machine systemctl enable twinstile.service
  # An upgrade goes on with the new program; what was not running is not started behind anybody's back.
  on_machine systemctl try-restart twinstile.service 'twinstile-gate@*.service' ||
    say 'The program is in place, and a service did not start with it: systemctl status twinstile'
}

check
install_program
install_user
install_command
install_settings
install_units
# Nothing runs from it any more.
do_it drop_releases
say ''
say "Installed in $program. What is left to do, in this order:"
say "  1. $settings/twinstile.yaml: site, broker, lanes.   $settings/mqtt-password: the password at the broker."
say "     Then run install.sh once more: what lies outside of the site's own network is let through by it."
say '  2. systemctl start twinstile    and read: systemctl status twinstile'
say '  3. Enroll people and examine the box: docs/OPERATIONS.md'
say "Keep a copy of $settings/gallery.key in a safe: without it a backup of the gallery is worth nothing."
