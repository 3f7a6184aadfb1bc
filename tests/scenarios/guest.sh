# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# Which card a guest gets, and files instead of domains.
gpu=0000:01:00.0
minimal=tests/data/virsh-minimal.xml
uuid=1b9e4d37-f6a8-4c52-8d03-e7c5a2b6f491
kept=/var/lib/gpu-handoff/$uuid
versions=(--libvirt-version 9.0 --qemu-version 7.2)

guest_tool() { # guest_tool VERB ARGUMENT...: on the smallest guest
	answer gpu-handoff guest "$@" "${versions[@]}" --xml $minimal
}

bytes() { # bytes HEX...
	# shellcheck disable=SC2059
	printf "$(printf '\\x%s' "$@")"
}

# rom VENDOR DEVICE: an option ROM of 512 bytes; two bytes each in hex, the lower one first
rom() {
	# shellcheck disable=SC2086
	bytes 55 aa 01 && head -c 21 /dev/zero && bytes 1c 00 00 00 && printf PCIR &&
		bytes $1 $2 00 00 18 00 00 00 02 03 01 00 00 00 03 80 00 00 && head -c 460 /dev/zero
}

# card ARGUMENT...: the host's functions and where the guest has them, and the IDs that it is shown;
# or why it gets none
card() {
	local output
	if output=$(gpu-handoff guest apply "${versions[@]}" --xml $minimal "$@" 2>"$scratch/stderr"); then
		grep -A 7 "<hostdev mode='subsystem' type='pci'" <<<"$output" | sed -nE "s/ *<address (type='pci' )?\
domain='0x(....)' bus='0x(..)' slot='0x(..)' function='0x(.)'.*/\\2:\\3:\\4.\\5/p" | paste -d ' ' - -
		sed -nE "s/.*<qemu:property name='x-pci-(.*)-id' .*value='(.*)'.*/\\1 \\2/p" <<<"$output" |
			while read -r name value; do printf '%s %04x\n' "$name" "$value"; done
	else
		sed 's/^gpu-handoff-guest: //' "$scratch/stderr"
	fi
}

#: r720 : a_laptop
a_laptop() {
	local laptop_card="$gpu 0000:01:00.0
0000:01:00.1 0000:01:00.1
vendor 10de
device 1c8d
sub-vendor 17aa
sub-device 39d1"
	same "the card is found" "$laptop_card" "$(card --dgpu)"
	same "the card is named" "$laptop_card" "$(card --dgpu=0000:01:00.0)"
	same "its subsystem is named as it is" "$laptop_card" "$(card --dgpu --subsystem 17aa:39d1)"
	same "its subsystem is named wrong" "$gpu says itself that its subsystem is 17aa:39d1; leave out --subsystem" \
		"$(card --dgpu --subsystem 17aa:39d2)"
	same "its sound is named" "0000:01:00.1 is a sound device (class 040300) and no GPU; the GPU beside it is $gpu" \
		"$(card --dgpu=0000:01:00.1)"
	same "a disk is named" "0000:03:00.0 is an NVMe disk (class 010802) and no GPU; see lspci -D" \
		"$(card --dgpu=0000:03:00.0)"
	same "nothing is there" "there is no PCI function 0000:05:00.0 in this host (see lspci -D); --xml FILE with --id \
VENDOR:DEVICE prepares for another host" "$(card --dgpu=0000:05:00.0)"
	same "the processor's is named" "0000:00:02.0 0000:01:00.0
vendor 8086
device 591b
sub-vendor 17aa
sub-device 39d1" "$(card --dgpu=0000:00:02.0)"
	same "another host's card" "0000:0b:00.0 0000:01:00.0
0000:0b:00.1 0000:01:00.1
vendor 1002
device 73bf
sub-vendor 1da2
sub-device e438" "$(card --dgpu=0000:0b:00.0 --id 1002:73bf --functions 0,1 --subsystem 1da2:e438)"
	same "another host's card at the same address" "$gpu 0000:01:00.0
vendor 1002
device 73bf" "$(card --dgpu=$gpu --id 1002:73bf)"
}

#: muxed : a_card_of_four
a_card_of_four() {
	same "all functions of the card" "$gpu 0000:01:00.0
0000:01:00.1 0000:01:00.1
0000:01:00.2 0000:01:00.2
0000:01:00.3 0000:01:00.3
vendor 10de
device 1f10
sub-vendor 1558
sub-device 65d1" "$(card --dgpu)"
}

#: twins : equal_cards
equal_cards() {
	local ids="vendor 10de
device 1b80
sub-vendor 1462
sub-device 3362"
	same "the one that does not show the console" "0000:02:00.0 0000:01:00.0
0000:02:00.1 0000:01:00.1
$ids" "$(card --dgpu)"
	same "the other one" "$gpu 0000:01:00.0
0000:01:00.1 0000:01:00.1
$ids" "$(card --dgpu=$gpu)"
	echo 0 >"$scratch/no"
	mount --bind "$scratch/no" /sys/bus/pci/devices/$gpu/boot_vga
	same "none shows the console" "this host has several GPUs, $gpu (10de:1b80), 0000:02:00.0 (10de:1b80); say which \
with --dgpu=$gpu" "$(card --dgpu)"
}

#: twins : two_cards
two_cards() {
	rom "de 10" "80 1b" >"$scratch/card.rom"
	gpu-handoff guest apply "${versions[@]}" --dgpu=$gpu --xml $minimal >"$scratch/one.xml" 2>"$scratch/stderr"
	gpu-handoff guest apply "${versions[@]}" --dgpu=0000:02:00.0 --xml "$scratch/one.xml" >"$scratch/two.xml" \
		2>"$scratch/stderr"
	same "whose ROM it is has to be said" "status 1
gpu-handoff-guest: the guest has several GPUs of this host, $gpu and 0000:02:00.0; say which the option ROM is for \
with --dgpu=ADDRESS" "$(answer gpu-handoff guest apply --vbios "$scratch/card.rom" --xml "$scratch/two.xml")"
	same "it is said" "status 0" "$(answer gpu-handoff guest plan --dgpu=$gpu --vbios "$scratch/card.rom" --xml \
		"$scratch/two.xml" | head -n 1)"
	same "one of them needs no name" "status 0" "$(answer gpu-handoff guest plan --vbios "$scratch/card.rom" --xml \
		"$scratch/one.xml" | head -n 1)"
}

# gets NAME MESSAGE ARGUMENT...: of a guest with a ROM, once the second card is at its place
gets() {
	same "$1" "$2" "$(gpu-handoff guest apply "${versions[@]}" --dgpu=0000:02:00.0 "${@:3}" 2>&1 >"$scratch/out.xml" |
		grep ^gpu-handoff-guest)"
}

#: twins : the_rom_of_another_card
the_rom_of_another_card() {
	local old=(--libvirt-version 6.0 --qemu-version 5.0) stays="gpu-handoff-guest: the option ROM $kept/vbios.rom that \
the guest has"
	rom "de 10" "80 1b" >"$scratch/card.rom"
	gpu-handoff guest apply "${versions[@]}" --dgpu=$gpu --vbios "$scratch/card.rom" --xml $minimal \
		>"$scratch/one.xml" 2>"$scratch/stderr"
	gets "it cannot be read" "$stays goes to 0000:02:00.0 now; if it is another card's, name this one's with --vbios" \
		--xml "$scratch/one.xml"
	same "it stays" "    <entry name='opt/org.gpu-handoff/vbios' file='$kept/vbios.rom'/>" \
		"$(grep vbios.rom "$scratch/out.xml")"
	cp "$scratch/out.xml" "$scratch/next.xml"
	gets "the card was there already" "" --xml "$scratch/next.xml"
	mkdir -p $kept
	cp "$scratch/card.rom" $kept/vbios.rom
	gets "it is a twin's" "" --xml "$scratch/one.xml"
	rom "de 10" "8d 1c" >$kept/vbios.rom
	gets "it is another card's" "$stays is of 10de:1c8d and goes to 0000:02:00.0 (10de:1b80) now; name that card's \
with --vbios" --xml "$scratch/one.xml"
	gets "as long as it is" "$stays is of 10de:1c8d and goes to 0000:02:00.0 (10de:1b80) now; name that card's \
with --vbios" --xml "$scratch/next.xml"
	gets "the card's own is named" "gpu-handoff-guest: $kept/vbios.rom is not installed; on the guest's host: install -d \
-m 711 /var/lib/gpu-handoff $kept && gpu-handoff vbios extract --id 10de:1b80 --output $kept/vbios.rom $scratch/card.rom" \
		--vbios "$scratch/card.rom" --xml "$scratch/one.xml"
	gets "it has none" "" --xml $minimal
	gpu-handoff guest apply "${old[@]}" --dgpu=$gpu --vbios "$scratch/card.rom" --xml $minimal >"$scratch/one.xml" \
		2>"$scratch/stderr"
	rom "de 10" "8d 1c" >$kept/vbios.rom
	same "it is an argument" "      <qemu:arg value='name=opt/org.gpu-handoff/vbios,file=$kept/vbios.rom'/>" \
		"$(grep vbios.rom "$scratch/one.xml" | sed 's/^ */      /')"
	gets "and another card's" "$stays is of 10de:1c8d and goes to 0000:02:00.0 (10de:1b80) now; name that card's \
with --vbios" --xml "$scratch/one.xml"
}

#: one-gpu : the_only_one
the_only_one() {
	same "it has to be named" "0000:0a:00.0 is the only GPU of this host, which has no picture while the guest runs; \
if that is meant, say --dgpu=0000:0a:00.0" "$(card --dgpu)"
	same "then it is taken, without the switch that it sits on" "0000:0a:00.0 0000:01:00.0
0000:0a:00.1 0000:01:00.1
vendor 1002
device 73bf
sub-vendor 1da2
sub-device e438" "$(card --dgpu=0000:0a:00.0)"
}

#: flex : virtual_functions
virtual_functions() {
	local ids="vendor 8086
device 56c0
sub-vendor 8086
sub-device 4905"
	same "the card alone" "0000:4d:00.0 0000:01:00.0
$ids" "$(card --dgpu)"
	same "a virtual function alone" "0000:4d:00.2 0000:01:00.0
$ids" "$(card --dgpu=0000:4d:00.2)"
}

#: r720 : no_subsystem
no_subsystem() {
	echo 0x0000 >"$scratch/zeros"
	mount --bind "$scratch/zeros" /sys/bus/pci/devices/$gpu/subsystem_vendor
	mount --bind "$scratch/zeros" /sys/bus/pci/devices/$gpu/subsystem_device
	same "zeros are not shown to the guest" "$gpu 0000:01:00.0
0000:01:00.1 0000:01:00.1
vendor 10de
device 1c8d" "$(card --dgpu)"
	same "what is given instead is" "$gpu 0000:01:00.0
0000:01:00.1 0000:01:00.1
vendor 10de
device 1c8d
sub-vendor 17aa
sub-device 39d1" "$(card --dgpu --subsystem 17aa:39d1)"
}

#: r720 : files
files() {
	local before
	rom "de 10" "8d 1c" >"$scratch/card.rom"
	before=$(machine && find /var/lib)
	same "plan is a diff" "status 0
--- $minimal
+++ $minimal
@@ -10,6 +10,16 @@
   </os>
   <features>
     <acpi/>
+    <hyperv>
+      <relaxed state='on'/>
+      <vapic state='on'/>
+      <spinlocks state='on' retries='8191'/>
+      <vendor_id state='on' value='GenuineIntel'/>
+    </hyperv>
+    <kvm>
+      <hidden state='on'/>
+    </kvm>
+    <vmport state='off'/>
   </features>
   <devices>
     <disk type='file' device='disk'>" "$(guest_tool plan --hide-hypervisor)"
	gpu-handoff guest apply --dgpu --vbios "$scratch/card.rom" --hide-hypervisor --xml - <$minimal \
		>"$scratch/once.xml" 2>"$scratch/stderr"
	same "the ROM is not installed, but named" "gpu-handoff-guest: $kept/vbios.rom is not installed; on the guest's \
host: install -d -m 711 /var/lib/gpu-handoff $kept && gpu-handoff vbios extract --id 10de:1c8d --output \
$kept/vbios.rom $scratch/card.rom
    <entry name='opt/org.gpu-handoff/vbios' file='$kept/vbios.rom'/>" \
		"$(grep ^gpu-handoff-guest "$scratch/stderr" && grep vbios.rom "$scratch/once.xml")"
	same "apply twice is apply once" "" "$(gpu-handoff guest apply --dgpu --vbios "$scratch/card.rom" \
		--hide-hypervisor --xml "$scratch/once.xml" 2>"$scratch/stderr" | diff "$scratch/once.xml" -)"
	cp "$scratch/card.rom" "$scratch/it's a card.rom"
	gpu-handoff guest apply --dgpu --vbios "$scratch/it's a card.rom" --xml $minimal 2>&1 >"$scratch/out.xml" |
		sed "s,.*: install ,install ,; s,/var/lib/gpu-handoff,$scratch/kept,g" >"$scratch/hint"
	# shellcheck disable=SC1091
	same "the hint can be pasted" "equal" "$(. "$scratch/hint" >"$scratch/stderr" &&
		cmp "$scratch/card.rom" "$scratch/kept/$uuid/vbios.rom" && echo equal)"
	same "a pipe" "status 0" "$(answer gpu-handoff guest plan --dgpu --xml <(cat "$scratch/once.xml"))"
	same "nothing on this host is changed" "$before" "$(machine && find /var/lib)"
	same "no XML" "status 1
gpu-handoff-guest: $scratch/card.rom: the XML is not UTF-8 text: byte 1 is 0xaa" "$(answer gpu-handoff guest lint --xml "$scratch/card.rom")"
	same "no file" "status 1
gpu-handoff-guest: $scratch/none cannot be opened: No such file or directory" \
		"$(answer gpu-handoff guest lint --xml "$scratch/none")"
}

#: r720 : a_diff_on_a_terminal
a_diff_on_a_terminal() {
	local plan="gpu-handoff guest plan --hide-hypervisor ${versions[*]} --xml $scratch/marked.xml"
	sed $'s|<acpi/>|&<!--\t\xe2\x80\xae\xc2\x9b\xc3\xa9-->|' $minimal >"$scratch/marked.xml"
	same "what it would obey or hide is escaped" $'     <acpi/><!--\t\\xe2\\x80\\xae\\xc2\\x9b\xc3\xa9-->' \
		"$(script -qec "$plan" /dev/null </dev/null | tr -d '\r' | grep acpi)"
	same "in a file it is a diff" $'     <acpi/><!--\t\xe2\x80\xae\xc2\x9b\xc3\xa9-->' "$($plan | grep acpi)"
}

#: r720 : what_is_left
what_is_left() {
	local found="warning: hostdev $gpu: has managed='yes': where the hook did not take it, libvirt unbinds it itself, \
which hangs while somebody uses it; write managed='no' (virsh edit DOMAIN)"
	same "lint" "status 1
$recipe:14: warning: os/loader: /opt/edk2/Build/OvmfX64/DEBUG_GCC5/FV/OVMF_CODE.fd is firmware of somebody's own, which \
nobody updates and which must never move; run gpu-handoff guest migrate DOMAIN
$recipe:171: $found
$recipe:190: error: qemu:commandline: 10 -set of host devices (hostdev0.ramfb): libvirt hands devices over as JSON, \
where -set does not find them: 'there is no device \"hostdev0\" defined'; run gpu-handoff guest migrate DOMAIN
$recipe:211: warning: qemu:commandline: MESA_LOADER_DRIVER_OVERRIDE=i965: Mesa has no such driver since 22.0, and QEMU \
no OpenGL without it; run gpu-handoff guest migrate DOMAIN" \
		"$(answer gpu-handoff guest lint "${versions[@]}" --xml "$recipe")"
	gpu-handoff guest migrate "${versions[@]}" --xml "$recipe" >"$scratch/new.xml" 2>"$scratch/stderr"
	same "what migrate leaves" "$recipe:172: $found" "$(cat "$scratch/stderr")"
	same "lint of that" "status 0
$scratch/new.xml:172: $found" "$(answer gpu-handoff guest lint "${versions[@]}" --xml "$scratch/new.xml")"
	same "what apply leaves" "$scratch/new.xml:172: $found" "$(gpu-handoff guest apply "${versions[@]}" --vgpu --dgpu \
		--xml "$scratch/new.xml" 2>&1 >"$scratch/newer.xml")"
}

#: one-gpu : another_hosts_guest
another_hosts_guest() {
	rom "de 10" "8d 1c" >"$scratch/card.rom"
	gpu-handoff guest apply --dgpu=$gpu --id 10de:1c8d --xml $minimal >"$scratch/once.xml" 2>"$scratch/stderr"
	same "the card it has is not here" "status 1
gpu-handoff-guest: the guest has no GPU of this host that the option ROM could be for; add --dgpu" \
		"$(answer gpu-handoff guest plan --vbios "$scratch/card.rom" --xml "$scratch/once.xml")"
	same "it is named" "status 0" \
		"$(answer gpu-handoff guest plan --vbios "$scratch/card.rom" --id 10de:1c8d --xml "$scratch/once.xml" |
			head -n 1)"
	same "it is named wrong" "status 1
gpu-handoff-guest: $scratch/card.rom has no option ROM of 10de:1c8c; gpu-handoff vbios list shows what it has" \
		"$(answer gpu-handoff guest plan --vbios "$scratch/card.rom" --id 10de:1c8c --xml "$scratch/once.xml")"
}

#: r720 : a_copy_of_the_battery
a_copy_of_the_battery() {
	local copy=$scratch/ssdt1.dat
	sed "s,/ssdt1.dat,$copy," "$recipe" >"$scratch/old.xml"
	table() {
		gpu-handoff guest migrate "${versions[@]}" --xml "$scratch/old.xml" 2>"$scratch/stderr" |
			sed -nE "s/.*<qemu:arg value='(file=.*)'.*/\\1/p"
	}
	gpu-handoff acpi battery >"$copy"
	same "it becomes the installed one" "file=/usr/share/qemu/gpu-handoff/battery.aml" "$(table)"
	echo >>"$copy"
	same "another table stays" "file=$copy" "$(table)"
	rm "$copy" && mkfifo "$copy"
	same "what is no file stays" "file=$copy" "$(table)"
	rm "$copy"
	same "what is not there stays" "file=$copy" "$(table)"
}

#: r720 : no_uuid
no_uuid() {
	rom "de 10" "8d 1c" >"$scratch/card.rom"
	grep -v '<uuid>' $minimal >"$scratch/no-uuid.xml"
	same "a ROM has no place" "status 1
gpu-handoff-guest: $scratch/no-uuid.xml has no <uuid>, which the option ROM's place is named after; add one (uuidgen)" \
		"$(answer gpu-handoff guest apply --dgpu --vbios "$scratch/card.rom" --xml "$scratch/no-uuid.xml")"
	same "else none is needed" "status 0" \
		"$(answer gpu-handoff guest apply --dgpu --xml "$scratch/no-uuid.xml" | head -n 1)"
}

#: r720 : usage
usage() {
	local text line
	while IFS='|' read -r text line; do
		# shellcheck disable=SC2086
		same "usage: $text" "status 2
gpu-handoff-guest: $line" "$(answer gpu-handoff guest $text)"
	done <<-END
		plan|name one guest: a DOMAIN or --xml FILE
		plan --dgpu $gpu a|the address belongs behind a =, as in --dgpu=0000:01:00.0
		plan --dgpu $gpu --xml a|the address belongs behind a =, as in --dgpu=0000:01:00.0
		apply a --vgpu $uuid|the vGPU's UUID belongs behind a =, as in --vgpu=UUID
		lint --xml a b|name one guest: a DOMAIN or --xml FILE
		apply a|say what the guest shall have: --vgpu, --dgpu, --display, --resolution, --battery, --vbios, --rom, --hide-hypervisor
		migrate --dgpu a|what the guest shall have goes with plan and apply alone
		undo --xml a|nothing is kept of a file that undo could bring back; name a DOMAIN
		apply --force --dgpu a|--force goes with undo alone
		lint --connect qemu:///system --xml a|--connect goes with a DOMAIN
		plan --dgpu --libvirt-version 9.0.0 a|--libvirt-version and --qemu-version go with --xml
		plan --vgpu --subsystem 17aa:39d1 a|--subsystem goes with --dgpu or --vbios
		plan --dgpu=$gpu --id 10de:1c8d a|--id goes with --xml and --dgpu=ADDRESS, or --vbios
		plan --dgpu --id 10de:1c8d --xml a|--id goes with --xml and --dgpu=ADDRESS, or --vbios
		plan --dgpu=$gpu --functions 0,1 --xml a|--functions goes with --id and --dgpu=ADDRESS
	END
	for text in "" "mend a" "plan a b" "plan --vgpu=1 a" "plan --dgpu=01:00 a" "plan --subsystem 17aa a" \
		"plan --display yes a" "plan --resolution 1920 a" "plan --resolution 63x64 a" \
		"plan --resolution 64x16385 a" "plan --resolution 64x64x a" "plan --resolution 1920X1080 a" \
		"plan --vbios= a" "plan --rom= a" "plan --functions 0,8 a" "plan --functions 0, a" "plan --id 0:0 a" \
		"lint --libvirt-version x --xml a" "lint --xml= a" "lint --nothing a"; do
		# shellcheck disable=SC2086
		same "usage: $text" "status 2
usage: gpu-handoff-guest (plan | apply) [OPTION...] ([--] DOMAIN | --xml FILE)" \
			"$(answer gpu-handoff guest $text | grep -E "^(status|usage)")"
	done
}
