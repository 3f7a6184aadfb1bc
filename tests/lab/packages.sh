#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scenarios of Debian's package have besides lib.sh. Everything else here runs from what `make install`
# laid over the root; they put the package in its place for a while.
# shellcheck disable=SC2154 # lib.sh sets them

packages=/usr/local/lib/lab # 1.deb, 2.deb and installed.tar
leaving=gpu-handoff-leaving.service
units=(gpu-handoff-stale.service gpu-handoff-stale.timer)

# bare: a system that has never had gpu-handoff, with a libvirtd that has started without any hook
bare() {
	# the timer first: what it starts meanwhile would cancel the service's end
	systemctl disable --now gpu-handoff-stale.timer
	systemctl disable --now gpu-handoff-stale.service
	apparmor_parser -R /etc/apparmor.d/gpu-handoff
	tar -tf "$packages/installed.tar" | sed 's,^\.,,' | while read -r path; do
		[ -d "$path" ] || rm -f "$path"
	done
	find / -xdev -depth -type d -name "*gpu-handoff" -empty -delete
	rm -rf /run/gpu-handoff /run/gpu-handoff-vgpu.lock /var/cache/apparmor/*/gpu-handoff
	systemctl daemon-reload
	udevadm control --reload
	restart_libvirtd
	none_of_it
	! confining gpu-handoff || die "there is a profile without a package"
}

# The scenario's `undo` calls it.
from_make() {
	systemctl stop "$leaving"
	dpkg --purge gpu-handoff
	tar -xf "$packages/installed.tar" -C /
	apparmor_parser -r /etc/apparmor.d/gpu-handoff
	systemctl daemon-reload
	udevadm control --reload
	systemctl enable --now "${units[@]}"
	restart_libvirtd # it may have been started without a hook
}

# install_package NUMBER: it is as it shall be, and libvirtd has not been started anew for it
install_package() {
	local daemon unit
	daemon=$(libvirtd_pid)
	dpkg -i "$packages/$1.deb" || die "package $1 cannot be installed"
	[ "$(libvirtd_pid)" = "$daemon" ] || die "libvirtd was started anew"
	[ "$(dpkg-query -W -f '${Version}' gpu-handoff)" = "1.0.0+git$1-1" ] ||
		die "version $(dpkg-query -W -f '${Version}' gpu-handoff) is installed"
	gpu-handoff --version | grep -F "1.0.0+git$1" || die "the programs are of $(gpu-handoff --version)"
	for unit in "${units[@]}"; do
		systemctl -q is-enabled "$unit" || die "$unit is not enabled"
	done
	systemctl -q is-active gpu-handoff-stale.timer || die "the timer does not run"
	confining gpu-handoff || die "no AppArmor profile is loaded"
}

# still_runs NAME PID: it has noticed nothing
still_runs() {
	[ "$(state "$1")" = running ] || die "guest $1 is $(state "$1")"
	[ "$(qemu_pid "$1")" = "$2" ] || die "guest $1 was started anew"
	same_as "$work/running" || die "something was given back beside the running guest"
}

waits() {
	systemctl -q is-active "$leaving"
}

unit_gone() {
	[ "$(systemctl show -P LoadState "$leaving")" = not-found ]
}

# none_of_it: no file is left of gpu-handoff, but for what this lab itself has
none_of_it() {
	local left
	left=$(find / /run -xdev -name '*gpu-handoff*' ! -path '/run/lab/*' ! -path '/run/systemd/*' ! -path '/run/udev/*')
	[ -z "$left" ] || die "there is still $(xargs <<<"$left")"
}
