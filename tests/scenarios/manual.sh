# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# The examples of the manual pages, executed as they stand there. Those that ask libvirt for a guest are
# executed where a libvirt is.
# shellcheck source=tests/scenarios/boot-lib.sh
. tests/scenarios/boot-lib.sh
top=$PWD

# examples PAGE: the framed parts of its EXAMPLES, each behind a line of ----
examples() {
	awk '/^```/ {frame = !frame; if (on && frame) print "----"; next}
		!frame && /^# / {on = $0 == "# EXAMPLES"}
		on && frame' $top/helpers/$1.8.scd | sed 's/\\\\$/\\/'
}

# example PAGE N: the Nth of them
example() {
	examples $1 | awk -v n=$2 '/^----$/ {i++; next} i == n'
}

# shown PAGE N: its commands, which stand behind #, with what they print now
shown() {
	local line
	example $1 $2 | while IFS= read -r line; do
		[[ $line != "# "* ]] || { echo "$line" && eval "${line#\# }" 2>&1; }
	done
}

# as_shown NAME PAGE N [SED]: they print what the page says, changed by SED
as_shown() {
	same "$1" "$(example $2 $3 | sed "${4:-}")" "$(shown $2 $3)"
}

# runs PAGE N: its lines, each in a folder of its own with the files of `files`; they succeed
runs() {
	local line count=0
	while IFS= read -r line; do
		count=$((count + 1))
		rm -rf $scratch/here && mkdir $scratch/here && cp -r $scratch/files/. $scratch/here
		same "$line" "status 0" "$(cd $scratch/here && answer eval "$line" | head -n 1)"
	done < <(example $1 $2)
	[ $count -gt 0 ] || echo "not ok $1 has an example $2: it has none"
}

virsh() { # stands for libvirt's, which has one guest
	[ "$*" = "dumpxml --inactive Win10" ] && cat $top/$recipe
}
mkdir $scratch/files
second=${vgpu/af/bf}

#: r720 --load kvmgt : of_handing_over
of_handing_over() {
	same "take: the plan" "$(example gpu-handoff-take 2)" \
		"$(eval "$(example gpu-handoff-take 1)")"
	gpu-handoff take --xml $recipe
	runs gpu-handoff-give-back 1
	same "all is given back" "" "$(undo_files)"
}

#: r720 --load kvmgt : of_vgpus
of_vgpus() {
	gpu-handoff vgpu create i915-GVTg_V5_8 $vgpu >$scratch/out
	as_shown "vgpu: the list" gpu-handoff-vgpu 1
	gpu-handoff vgpu remove $vgpu
	same "vgpu: the list for a program" '"i915-GVTg_V5_4" 1 "i915-GVTg_V5_8" 2' \
		"$(eval "$(example gpu-handoff-vgpu 2)" | paste -sd " ")"
	same "vgpu: one by hand" "$vgpu" "$(eval "$(example gpu-handoff-vgpu 3)" 2>&1)"
	conf "[vgpu $second]" "when = boot"
	runs gpu-handoff-vgpu 4
	same "vgpu: that of boot is there" $second "$(ls /sys/bus/mdev/devices)"
}

#: r720 --load kvmgt : of_looking
of_looking() {
	runs gpu-handoff-status 1
	runs gpu-handoff-status 2
	same "status: it is a picture" 1 "$(grep -c '^<svg' $scratch/here/machine.svg)"
	runs gpu-handoff-doctor 1
}

#: r720 : of_tables
of_tables() {
	cd $scratch || return
	{ printf '\x55\xaa' && head -c 100000 /dev/zero; } >vbios.rom
	mkdir -p /var/lib/libvirt/tables
	as_shown "acpi: a ROM in tables" gpu-handoff-acpi 3
}

#: r720 --load vfio_pci : of_boot
of_boot() {
	with_initramfs_tools
	echo "echo update-initramfs: Generating /boot/initrd.img-$kernel" >/run/update-initramfs
	conf "[gpu 10de:1c8d]" "reserve = boot"
	as_shown "boot: apply and status" gpu-handoff-boot 1 "s,6[.]1[.]0-28-amd64,$kernel,"
}

#: r720 : of_roms
of_roms() {
	# shellcheck source=tests/scenarios/vbios.sh
	. tests/scenarios/vbios.sh
	tell "rom $gpu $image"
	cp $image $scratch/files/dump.rom
	cp $image $scratch/files/update.exe
	runs gpu-handoff-vbios 1
}

#: r720 : of_guests
of_guests() {
	cp tests/data/virt-manager-win10.xml $scratch/files/a.xml
	runs gpu-handoff-guest 2
	same "guest: the card is in the new XML" 2 "$(grep -c "<hostdev .*type='pci'" $scratch/here/b.xml)"
}
