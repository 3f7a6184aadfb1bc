# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034,SC2086,SC2016
# What scenarios of plans have: diffs of new files, and installations below a root.
modprobe=/etc/modprobe.d/gpu-handoff.conf
modules_load=/etc/modules-load.d/gpu-handoff.conf
overrides=/etc/gpu-handoff.overrides
vfio="# vfio-pci takes the reserved GPUs before the host's drivers can."
for_vgpus="# For vGPUs, and for guests that read unknown registers."
twice="# Other functions have the same IDs: taken by address, if that device sits there."
unmade="note: no initramfs generator is known here, so no image is made: vfio-pci has a reserved GPU \
only if nothing in the image takes it first"
root=$scratch/root
grub=/etc/default/grub.d/gpu-handoff.cfg
grub_line='GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT'

plan() {
	answer gpu-handoff-boot plan
}

# new FILE LINE...: the diff of a file that is not there yet, but for its first line
new() {
	echo "--- /dev/null
+++ $1
@@ -0,0 +1,$# @@
+# Written by gpu-handoff-boot(8), which replaces it: change /etc/gpu-handoff.conf instead."
	shift
	printf '+%s\n' "$@"
}

# planned NAME TEXT...: plan prints just that; these machines have no generator, and it says so where a
# GPU is reserved
planned() {
	local name=$1
	shift
	! grep -qs '^reserve = boot' /etc/gpu-handoff.conf || set -- "$@" "$unmade"
	same "$name" "$(printf '%s\n' "status 0" "$@")" "$(plan)"
}

# refuses NAME MESSAGE
refuses() {
	same "$1" "status 1
gpu-handoff-boot: $2" "$(plan)"
}

# another_root FILE...: an installation below $root with this kernel, our config and these programs
another_root() {
	local file
	mkdir -p $root/etc $root/lib
	cp -r /lib/modules $root/lib
	cp /etc/gpu-handoff.conf $root/etc
	for file in "$@"; do
		mkdir -p "$root${file%/*}"
		: >"$root$file"
	done
}

below() { # below VERB...: the same program on that installation
	answer gpu-handoff-boot --root $root "$@"
}
