# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2119,SC2154
# The option ROM of a card, read from the card: what it is, and that the card is then as before.
gpu=0000:01:00.0
device=/sys/devices/pci0000:00/0000:00:01.0/$gpu
image=$scratch/rom
out=$scratch/out.rom

bytes() { # bytes HEX...
	# shellcheck disable=SC2059
	printf "$(printf '\\x%s' "$@")"
}

fill() { # fill COUNT CHARACTER
	head -c "$1" /dev/zero | tr '\0' "$2"
}

# image SIGNATURE TAG DEVICE CODE UNITS LAST NPDE-UNITS NPDE-LAST: NVIDIA's, of the board 17aa:39d1;
# SIGNATURE and DEVICE are two bytes in hex each, DEVICE the lower one first
image() {
	# shellcheck disable=SC2086
	{
		bytes $1 && fill 22 '\0' && bytes 70 00 && fill 58 '\0' && bytes aa 17 d1 39 &&
			fill 24 '\0'
		printf %s "$2"
		bytes de 10 $3 00 00 18 00 00 00 02 03 "0$5" 00 00 00 "$4" "$6" 00 00 && fill 8 '\0'
		printf NPDE
		bytes 01 01 0c 00 "0$7" 00 "$8" 04
	}
	fill $(($7 * 512 - 156)) Z
}

# A chain as the laptop's card has it, with what lies behind it.
chain() {
	image "55 aa" PCIR "8d 1c" 00 5 80 2 00
	image "55 aa" PCIR "8d 1c" 03 1 80 1 00
	image "56 4e" NPDS "80 1b" e0 2 00 2 80
}
chain >"$scratch/chain"
{ cat "$scratch/chain" && fill 1000 '\377'; } >"$image"
line="0x0 10de:1c8d subsystem 17aa:39d1 3 images 2560 bytes"
listing="0x0 55aa 10de:1c8d class 030200 code 00 x86 length 1024 checksum -
0x400 55aa 10de:1c8d class 030200 code 03 EFI length 512 checksum -
0x600 VN 10de:1b80 class 030200 code e0 NVIDIA length 1024 checksum - last
0xa00 end of $line"

vbios() {
	answer gpu-handoff vbios "$@"
}

written() { # what was written to the card since the log was cleared
	sed "s,$device/,," "$laptop"
}

#: r720 : it_is_read
it_is_read() {
	local before
	tell "rom $gpu $image"
	before=$(machine)
	tell clear-log
	same "list" "status 0
$listing" "$(vbios list --card $gpu)"
	same "the card is awake meanwhile, and all is put back" 'write power/control "on" -> 0
write rom "1\n" -> 0
write rom "0\n" -> 0
write power/control "auto" -> 0' "$(written)"
	same "check" "status 0
$line" "$(vbios check --card 0000:01:00.0)"
	same "extract" "status 0
$line
$out: 2560 bytes from 0x0" "$(vbios extract --card $gpu --output "$out")"
	same "the file is the chain, and any user may read it" "644" \
		"$(cmp "$out" "$scratch/chain" && stat -c %a "$out")"
	tell clear-log
	same "a file that is there" "status 1
gpu-handoff-vbios: $out exists; --force replaces it" "$(vbios extract --card $gpu --output "$out")"
	same "with a dump" "status 0
$line" "$(vbios check --card $gpu "$image")"
	same "the card is not touched for these" "" "$(written)"
	as_before "the machine is as before" "$before"
}

#: r720 : without_a_driver
without_a_driver() {
	local before
	tell "rom $gpu $image"
	tell "unbind $gpu"
	before=$(machine)
	tell clear-log
	same "list" "status 0
$listing" "$(vbios list --card $gpu)"
	same "the card is switched on meanwhile, and all is put back" 'write power/control "on" -> 0
write enable "1" -> 0
write rom "1\n" -> 0
write rom "0\n" -> 0
write enable "0" -> 0
write power/control "auto" -> 0' "$(written)"
	as_before "the machine is as before" "$before"
	tell "fail */enable EBUSY 1"
	same "what cannot be switched on is said" "status 1
gpu-handoff-vbios: /sys/bus/pci/devices/$gpu/rom cannot be read: Device or resource busy" \
		"$(vbios list --card $gpu)"
	as_before "the machine is as before then, too" "$before"
	tell "fail-read */rom EIO 1"
	same "a ROM that the kernel does not find" "status 1
gpu-handoff-vbios: the kernel finds no option ROM in $gpu (/sys/bus/pci/devices/$gpu/rom); unbind its \
driver, or give the file of a dump" "$(vbios list --card $gpu)"
	as_before "the machine is as before then as well" "$before"

	same "what cannot be put back is said" "status 1
gpu-handoff-vbios: $gpu was read, but its power/control, enable or rom could not be put back" \
		"$(tell "fail */enable EIO 1 1" && vbios list --card $gpu)"
}

#: r720 : it_is_stuck
it_is_stuck() {
	local before end=$((SECONDS + 10))
	tell "rom $gpu $image"
	before=$(machine)
	tell "block */rom 1"
	same "row 46: a card that does not answer does not hold us up" "status 1
gpu-handoff-vbios: $gpu is stuck: the kernel has not read its ROM within 1 seconds; it is put back as it \
was once it does" "$(vbios list --card $gpu --timeout 1)"
	tell unblock
	while pgrep -x gpu-handoff-vbi >"$scratch/ignored"; do
		[ $SECONDS -lt $end ] || { echo "not ok it_is_stuck: a child has not ended in 10 s" && return 1; }
	done
	as_before "row 46: and then it is put back" "$before"
}

#: r720 --load vfio_pci --load kvmgt : a_guest_has_it
a_guest_has_it() {
	local holder
	tell "rom $gpu $image"
	prepare Win10 <"$recipe"
	same "on vfio-pci it can be read" "status 0
$listing" "$(vbios list --card $gpu)"
	holder=$(hold --path qemu-system-x86 /dev/vfio/1)
	tell clear-log
	same "but not while a guest runs" "status 1
gpu-handoff-vbios: $gpu is in use by qemu-system-x86 (pid PID, /dev/vfio/1); shut the guest down" \
		"$(vbios list --card $gpu | sed "s/pid [0-9]*/pid PID/")"
	same "and the card is not touched" "" "$(written)"
	kill "$holder"
}

#: r720 : what_the_driver_keeps
what_the_driver_keeps() {
	same "a card without a ROM" "status 1
gpu-handoff-vbios: $gpu shows no option ROM; give the file of a dump instead" "$(vbios list --card $gpu)"
	tell "file kernel/debug/dri/1/vbios.rom $image"
	same "nouveau keeps one" "status 0
$listing" "$(vbios list --card $gpu)"
	tell "rom $gpu $image"
	tell "fail */power/control EIO 1 1"
	same "it does not hide what could not be put back" "status 1
gpu-handoff-vbios: $gpu was read, but its power/control, enable or rom could not be put back" \
		"$(vbios list --card $gpu)"
	head -c 600 "$image" >"$scratch/cut"
	tell "rom $gpu $scratch/cut"
	same "it is taken if the card's own is not whole" "status 0
$line" "$(vbios check --card $gpu)"
	tell "file kernel/debug/dri/1/vbios.rom $scratch/cut"
	same "row 46: the card's own is what counts otherwise" "status 1
gpu-handoff-vbios: the option ROM at 0x0 is not whole: image 0 at 0x0 is cut off: it would end at 0x400" \
		"$(vbios check --card $gpu)"
}

#: r720 : damaged
damaged() {
	local at low high what
	while read -r at low high what; do
		cp "$image" "$scratch/damaged"
		bytes "$low" "$high" | dd of="$scratch/damaged" bs=1 seek=$((at)) conv=notrunc status=none
		tell "rom $gpu $scratch/damaged"
		same "row 46: refused, $what" "status 1
gpu-handoff-vbios: the option ROM at 0x0 is not whole: image $what" \
			"$(vbios extract --card $gpu --output "$out" 2>&1)"
	done <<-END
		0x018 ff ff 0 at 0x0 points out of the input: its data structure would be at 0xffff
		0x098 00 00 0 at 0x0 has no length in its data structure at 0x70
		0x098 ff ff 0 at 0x0 is cut off: it would end at 0x1fffe00
		0x418 fe ff 1 at 0x400 points out of the input: its data structure would be at 0x103fe
		0x474 86 80 1 at 0x400 is not of the first one's vendor but of 0x8086
		0x498 00 00 1 at 0x400 has no length in its data structure at 0x470
		0x600 ff ff 2 at 0x600 has no signature (55aa, bb77, VN) but 0xffff
		0x69a 00 04 3 at 0xa00 has no signature (55aa, bb77, VN) but 0xffff
	END
	same "row 46: nothing is written" "" "$(find "$out" 2>&1 | grep -v 'No such file')"
}

#: r720 : updates
updates() {
	local work=$scratch place
	# shellcheck source=tests/scenarios/firmware-lib.sh disable=SC2119
	. tests/scenarios/firmware-lib.sh
	section 0x19 <"$scratch/chain" >"$scratch/section"
	lzma <"$scratch/section" | guid_section $lzma_guid 1 | ffs_file $core 2 | volume | capsule >"$scratch/BIOS.cap"
	place="capsule/volume 0x0/file $core/section 1 LZMA/section 1 raw"
	tell clear-log
	same "the ROM of the card in an update" "status 0
$line in $place
$out: 2560 bytes from 0x0 in $place" "$(rm -f "$out" && vbios extract --card $gpu --output "$out" "$scratch/BIOS.cap")"
	same "it is that" "" "$(cmp "$out" "$scratch/chain" 2>&1)"
	same "the card is not touched" "" "$(written)"
	head -c $((257 << 20)) /dev/zero | xz -0 --format=lzma --stdout | guid_section $lzma_guid 1 |
		ffs_file $core 2 | volume >"$scratch/bomb"
	same "row 46: an update that would fill the memory" "status 1
gpu-handoff-vbios: $scratch/bomb: more than 256 MiB come out of volume 0x0/file $core/section 1 LZMA; \
unpack it otherwise and give the part" "$(vbios list "$scratch/bomb")"
}
