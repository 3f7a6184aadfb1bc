# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# What scenarios of gpu-handoff boot have: stand-ins for the generators and the boot loaders' tools,
# which write down how they were called, and comparisons of /etc.
tools=/run/tools # a line for each call
kernel=$(uname -r)
head="# Written by gpu-handoff-boot(8), which replaces it: change /etc/gpu-handoff.conf instead."
next_boot="this holds from the next boot on"
no_image="so no image is made: vfio-pci has a reserved GPU only if nothing in the image takes it first"
modprobe=/etc/modprobe.d/gpu-handoff.conf

# The recipe's GPU from boot on, and its vGPU.
boot_conf() {
	conf "[gpu 10de:1c8d]" "reserve = boot" "[vgpu $vgpu]" "type = i915-GVTg_V5_4" "$@"
}

modprobe_text="$head
# vfio-pci takes the reserved GPUs before the host's drivers can.
options vfio-pci ids=10de:1c8d,10de:0fb9
softdep nouveau pre: vfio-pci
softdep nvidia pre: vfio-pci
softdep snd_hda_intel pre: vfio-pci
# For vGPUs, and for guests that read unknown registers.
options i915 enable_gvt=1
options kvm ignore_msrs=1"

# image FILE: makes an image of what the configuration of all generators says, or fails; it starts no
# program, so that a fault that is injected into it shows
image() {
	local file part text=''
	for file in /etc/modprobe.d/*.conf /etc/gpu-handoff.overrides /etc/dracut.conf.d/*.conf \
		/etc/mkinitcpio.conf.d/*.conf /etc/booster.yaml; do
		[ ! -e "$file" ] || { IFS= read -r -d '' part <"$file"; text+=$part; }
	done
	printf '%s' "$text" 2>/dev/null >"$1"
}

# tool PATH: a program that writes down its call, does what the text on stdin says, and then what
# the file /run/NAME says, if there is one
tool() {
	mkdir -p "${1%/*}"
	{
		echo '#!/bin/bash'
		declare -f image
		echo "echo \"\${0##*/}\${*:+ \$*}\" >>$tools"
		echo "[ ! -e /run/${1##*/} ] || . /run/${1##*/}"
		cat
	} >"$1"
	chmod 755 "$1"
}

with_initramfs_tools() {
	tool /usr/sbin/mkinitramfs <<<exit
	tool /usr/sbin/update-initramfs <<<"image=/boot/initrd.img-$kernel # not by mkinitramfs
image \$image.new && mv \$image.new \$image || { rm -f \$image.new; exit 1; }"
	echo old >"/boot/initrd.img-$kernel"
}

with_dracut() { # the last argument is the image
	tool /usr/bin/dracut <<<"[ \"\${!#}\" = $kernel ] || image \"\${!#}\""
	echo old >"/boot/initramfs-$kernel.img"
}

with_mkinitcpio() {
	tool /usr/bin/mkinitcpio <<<"image /boot/initramfs-linux.img"
	mkdir -p /etc/mkinitcpio.d
	printf '%s\n' "PRESETS=('default')" 'default_image="/boot/initramfs-linux.img"' \
		'fallback_image="/boot/initramfs-linux-fallback.img"' >/etc/mkinitcpio.d/linux.preset
	echo old >/boot/initramfs-linux.img
	echo old >/boot/initramfs-linux-fallback.img
}

with_booster() {
	tool /usr/bin/booster <<<exit
	tool /usr/lib/booster/regenerate_images <<<"image /boot/booster-linux.img"
	echo old >/boot/booster-linux.img
}

with_grub() {
	tool /usr/sbin/grub-mkconfig <<<'exit # for x in ${sysconfdir}/default/grub.d/*.cfg'
	tool /usr/sbin/update-grub <<<"mkdir -p /boot/grub
cat /etc/default/grub.d/*.cfg >/boot/grub/grub.cfg 2>/dev/null
exit 0"
}

# grubby with the arguments of all kernels in /boot/arguments
with_grubby() {
	echo "ro quiet" >/boot/arguments
	tool /usr/sbin/grubby <<'END'
read -r now </boot/arguments
for option; do
	case $option in
	--info=*) echo "args=\"$now\"" ;;
	--args=*)
		for word in ${option#*=}; do
			[[ " $now " == *" $word "* ]] || now+=" $word"
		done
		;;
	--remove-args=*)
		for word in ${option#*=}; do
			now=" $now " && now=${now/ $word / } && now=${now# } && now=${now% }
		done
		;;
	esac
done
echo "$now" >/boot/arguments
END
}

called() { # what was called since it was asked last, with the kernel's version as KERNEL
	[ ! -e $tools ] || sed "s/$kernel/KERNEL/g" $tools
	rm -f $tools
}

boot() { # boot VERB: its status and all that it prints, likewise
	answer gpu-handoff-boot "$@" | sed "s/$kernel/KERNEL/g"
}

# All files and directories of /etc with modes, owners and checksums.
etc() {
	find /etc -path /etc/.host -prune -o -printf '%M %U:%G %p %l\n' | sort
	find /etc -path /etc/.host -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
}

# What a write would change, contents aside.
touched() {
	find /etc /boot /var/lib -path /etc/.host -prune -o -printf '%i %T@ %C@ %p\n' | sort
}

# All files of ours, but for those named before (their texts are known), each after its name.
files() {
	local file
	for file in $modprobe /etc/modules-load.d/gpu-handoff.conf /etc/gpu-handoff.overrides \
		/etc/dracut.conf.d/gpu-handoff.conf /etc/mkinitcpio.conf.d/gpu-handoff.conf \
		/etc/booster.yaml /etc/default/grub.d/gpu-handoff.cfg; do
		[ ! -e "$file" ] || { echo "== $file" && cat "$file"; }
	done
}

# The files that every generator gets on r720 with boot_conf, and those of the text on stdin.
r720_files() {
	echo "== $modprobe
$modprobe_text
== /etc/modules-load.d/gpu-handoff.conf
$head
kvmgt"
	cat
}

state() {
	if [ -e /var/lib/gpu-handoff/boot ]; then
		cat /var/lib/gpu-handoff/boot
	else
		echo "no state"
	fi
}
