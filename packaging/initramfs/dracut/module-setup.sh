#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Puts into an image of dracut what claims reserved GPUs, where dracut.conf.d asks for this module.
# The kernel modules are those that the image's kernel has. No image fails because of this; what it
# lacks is said.
# shellcheck disable=SC2154 # kernel, moddir and dracutsysrootdir are dracut's

check() {
	return 255
}

depends() {
	return 0
}

_gpu_handoff_modules() {
	/usr/sbin/gpu-handoff-boot modules "$kernel" ${dracutsysrootdir:+--root "$dracutsysrootdir"}
}

installkernel() {
	local modules
	if ! modules=$(_gpu_handoff_modules); then
		dwarn "gpu-handoff: the image of $kernel gets no vfio modules: a GPU with reserve=boot" \
			"goes to the host's driver and moves when its guest starts"
		return 0
	fi
	mapfile -t modules < <(sed -n 's/^initramfs //p' <<<"$modules")
	[ ${#modules[@]} -eq 0 ] || hostonly='' instmods "${modules[@]}"
}

install() {
	local overrides=/etc/gpu-handoff.overrides
	[ -e "$dracutsysrootdir$overrides" ] || _gpu_handoff_modules 2>/dev/null | grep -q '^initramfs ' ||
		return 0
	inst_hook pre-udev 00 "$moddir/gpu-handoff.sh"
	inst_multiple sh modprobe /usr/lib/gpu-handoff/early
	# Of the files in modprobe.d a generic image gets only those of packages.
	inst_multiple -o $overrides /etc/modprobe.d/gpu-handoff.conf
}
