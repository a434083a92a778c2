#!/usr/bin/env bash
# Takes the service away: ./scripts/uninstall.sh [--dry-run] [--root DIR] [--purge]
# Configuration, keys and data stay, unless --purge asks for their end too. Can be run again at any time.
set -euo pipefail

dry_run=no
purge=no
root=''
while [ "$#" -gt 0 ]; do
  case "$1" in
    --dry-run) dry_run=yes ;;
    --purge) purge=yes ;;
    --root) root="${2:?--root needs a folder}"; shift ;;
    *) printf 'uninstall.sh: unknown option %s\n' "$1" >&2; exit 2 ;;
  esac
  shift
done

do_it() {
  if [ "$dry_run" = yes ]; then printf 'would run: %s\n' "$*"; else "$@"; fi
}
on_machine() { if [ -z "$root" ]; then do_it "$@"; fi; }

if [ -z "$root" ] && [ "$dry_run" = no ] && [ "$(id -u)" -ne 0 ]; then
  printf 'uninstall.sh: only root can take a service away. Run it with sudo, or try --dry-run.\n' >&2
  exit 1
fi

if [ -e "$root/opt/twinstile/package/RELEASE" ]; then
  printf 'uninstall.sh: a package is installed: apt remove twinstile takes it away.\n' >&2
  exit 1
fi

units="$root/etc/systemd/system"
on_machine systemctl stop 'twinstile-gate@*.service'
for unit in twinstile-sync.timer twinstile-sync.service twinstile.service; do
  if [ -e "$units/$unit" ]; then on_machine systemctl stop "$unit"; fi
done
if [ -e "$units/twinstile.service" ]; then on_machine systemctl disable twinstile.service; fi
# Gates and the timer were enabled by name, which `disable` wants to hear one by one.
if [ -d "$units" ]; then do_it find "$units" -type l -name 'twinstile-*' -delete; fi
for unit in twinstile.service twinstile-gate@.service twinstile-sync.service twinstile-sync.timer; do
  do_it rm -f "$units/$unit"
done
do_it rm -f "$units/twinstile.service.d/50-configuration.conf"
if [ -d "$units/twinstile.service.d" ]; then do_it rmdir --ignore-fail-on-non-empty "$units/twinstile.service.d"; fi
do_it rm -f "$root/usr/lib/sysusers.d/twinstile.conf" "$root/usr/lib/tmpfiles.d/twinstile.conf"
do_it rm -f "$root/usr/local/bin/twinstile" "$root/etc/sudoers.d/twinstile"
on_machine systemctl daemon-reload
do_it rm -rf "$root/opt/twinstile"
if [ "$purge" = yes ]; then
  # The keys go first: what is left of the gallery anywhere is unreadable from then on.
  do_it rm -rf "$root/etc/twinstile"
  do_it rm -rf "$root/var/lib/twinstile" "$root/var/spool/twinstile"
  if [ -z "$root" ] && id twinstile >/dev/null 2>&1; then do_it userdel twinstile; fi
else
  printf 'kept: %s and %s (--purge removes them)\n' "$root/etc/twinstile" "$root/var/lib/twinstile"
fi
