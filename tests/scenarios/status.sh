# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# What gpu-handoff status shows of each machine and of its guests, and to whom.
. tests/scenarios/status-lib.sh

#: r720 --load vfio_pci --load kvmgt : the_r720
the_r720() {
	pin_names
	golden r720
}

#: muxed : a_muxed_laptop
a_muxed_laptop() {
	pin_names
	golden muxed
}

#: twins --load vfio_pci : twin_cards
twin_cards() {
	pin_names
	golden twins
}

#: one-gpu --load vfio_pci : one_gpu
one_gpu() {
	pin_names
	golden one-gpu
}

#: flex : virtual_functions
virtual_functions() {
	pin_names
	golden flex
}

#: boot --load vfio_pci : displays_that_are_no_gpus
displays_that_are_no_gpus() {
	pin_names
	golden boot
}

#: r720 --load vfio_pci --load kvmgt : a_guest
a_guest() {
	local qemu
	pin_names
	prepare Win10 <$recipe
	same "it starts" starting "$(gpu-handoff status --json | jq -r '.guests[].state')"
	qemu=$(hold --path qemu-system-x86 /dev/vfio/1 /dev/vfio/9)
	golden guest
	kill $qemu
	until_gone $qemu
	release Win10 <$recipe
	golden r720
}

# alike DEFINITION TITLE: how the schema's members differ from the page's
alike() {
	diff <(fields "$2" | jq -S .) <(jq -S --arg name $1 '."$defs"[$name] |
		if (.required | sort) != (.properties | keys) then "required" else .properties end |
		map_values(if .enum then "string" else [.type] | flatten |
			if .[1] then .[0] + "?" else .[0] end | sub("integer"; "number") end)' \
		packaging/status.schema.json)
}

# The check of the schema finds what is wrong with an object.
#: r720 --load vfio_pci --load kvmgt : the_schema_is_checked
the_schema_is_checked() {
	local json
	json=$(gpu-handoff status --json)
	same "a member too many" '{"members":["name","more"]}' "$(
		jq '.gpus[0].vgpu_types = [{name: "a", more: 1}]' <<<"$json" |
			conforms ".gpus[].vgpu_types[]" "A vGPU type:" | grep members)"
	same "a member of another type" '{"key":"boot_vga","value":null}
{"key":"address","value":1}' "$(
		jq '.gpus[0].boot_vga = null | .gpus[1].address = 1' <<<"$json" |
			conforms ".gpus[]" "A GPU:")"
	same "the schema finds it as well" '.version: not 1
.wiring.kind: MUXLESS
.gpus[0]: no boot_vga
.gpus[1].vendor_id: is integer
.gpus[1].functions[1].driver: is boolean
.unseen.holders: is array' "$(
		jq '.version = 2 | .wiring.kind = "MUXLESS" | del(.gpus[0].boot_vga) | .gpus[1].vendor_id = 1 |
			.gpus[1].functions[1].driver = true | .unseen.holders = []' <<<"$json" | validate)"
	same "page and schema have the same members" "" "$(
		alike gpu "A GPU:"
		alike function "A function or group member:"
		alike holder "A holder, one process and one node:"
		alike vgpu_type "A vGPU type:"
		alike vgpu "A vGPU:"
		alike guest "A guest:"
		alike step "A step:")"
	same "null where it may be" "" "$(jq '.gpus[].driver = null' <<<"$json" | conforms ".gpus[]" "A GPU:")"
}

#: r720 --load vfio_pci --load kvmgt : usage_and_output
usage_and_output() {
	local usage
	usage=$(gpu-handoff status --help)
	same "an argument" "status 2
$usage" "$(answer gpu-handoff status GPU)"
	same "two formats" "status 2
$usage" "$(answer gpu-handoff status --json --dot)"
	same "a full disk" "status 1
gpu-handoff-status: not all could be printed: No space left on device" "$(answer eval "gpu-handoff status >/dev/full")"
	same "an object on a full disk" "status 1
gpu-handoff-status: not all could be printed: No space left on device" \
		"$(answer eval "gpu-handoff status --json >/dev/full")"
}

# traced USER...: which calls of status could change a file, in all formats
traced() {
	local format
	for format in "" --json --dot; do
		ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o $scratch/trace -e trace=open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,unlink,unlinkat,rmdir,rename,renameat,renameat2,link,linkat,symlink,symlinkat,truncate,ftruncate,chmod,fchmod,fchmodat,chown,lchown,fchown,fchownat,utimensat,mount,setxattr \
			"$@" gpu-handoff-status $format >$scratch/shown || echo "status $?"
		grep -q '"/sys/bus/pci/devices/0000:01:00.0' $scratch/trace || echo "no trace"
		grep -vE '^[0-9]+ +open(at)?\(.*(O_RDONLY|O_PATH)' $scratch/trace |
			grep -vE 'exited with|SIGCHLD|killed by'
		grep -E 'O_(CREAT|TRUNC|APPEND|WRONLY|RDWR)' $scratch/trace
	done
	return 0
}

#: r720 --load vfio_pci --load kvmgt : it_writes_nothing
it_writes_nothing() {
	local before
	pin_names
	prepare Win10 <$recipe
	before=$(machine)
	same "root writes nothing" "" "$(traced env)"
	same "an ordinary user writes nothing" "" "$(traced $ordinary)"
	same "the machine is as it was" "$before" "$(machine)"
	release Win10 <$recipe
}

ordinary="setpriv --reuid=65534 --regid=65534 --keep-groups"

#: r720 --load vfio_pci --load kvmgt : an_ordinary_user
an_ordinary_user() {
	local qemu x
	if ! $ordinary true 2>$scratch/ignored; then
		echo "skip an_ordinary_user: there is only root inside, because the tests do not run as root"
		return
	fi
	pin_names
	same "before any guest nothing of guests is unseen" "" \
		"$($ordinary gpu-handoff-status | grep guest)"
	prepare Win10 <$recipe
	qemu=$(hold --path qemu-system-x86 /dev/vfio/1 /dev/vfio/9)
	x=$(hold --path Xorg /dev/dri/card0)
	same "what root does not tell" "$(sed -E '/^ +(guest|held by) .*/d; s/, guest Win10//; /^guest/,$d' \
		$golden/guest.txt)
$(printf '\nNot seen: what is held by processes that may not be looked at (N of them).\nNot seen: which guest has what (only root may read /run/gpu-handoff).')" \
		"$($ordinary gpu-handoff-status | sed -E 's/\([0-9]+ of them/(N of them/')"
	same "in the object" '[true,null,"only root may read /run/gpu-handoff"]' \
		"$($ordinary gpu-handoff-status --json | jq -c '.unseen | [.processes > 0, .holders, .guests]')"
	kill $qemu $x
}

#: r720 --load vfio_pci --load kvmgt : holders_of_a_card
holders_of_a_card() {
	local x pipewire chrome app apps=
	pin_names
	x=$(hold --path Xorg /dev/dri/card1 /dev/dri/renderD129 /dev/nvidia0)
	pipewire=$(hold --path pipewire /dev/snd/controlC1)
	chrome=$(hold --path chrome /dev/dri/renderD128)
	for app in {1..9}; do
		apps+=" $(hold --path app$app /dev/nvidiactl /dev/nvidia-modeset)"
	done
	same "each GPU has its own, and eight are named" "  held by   chrome (pid N): /dev/dri/renderD128
  held by   Xorg (pid N): /dev/nvidia0, /dev/dri/card1, /dev/dri/renderD129
            pipewire (pid N): /dev/snd/controlC1
            app1 (pid N): /dev/nvidia-modeset, /dev/nvidiactl
            app2 (pid N): /dev/nvidia-modeset, /dev/nvidiactl
            app3 (pid N): /dev/nvidia-modeset, /dev/nvidiactl
            app4 (pid N): /dev/nvidia-modeset, /dev/nvidiactl
            app5 (pid N): /dev/nvidia-modeset, /dev/nvidiactl
            app6 (pid N): /dev/nvidia-modeset, /dev/nvidiactl
            and 3 more" "$(page | grep -A9 'held by' | grep -E 'pid|more')"
	same "the object has all" '["0000:00:02.0",1]
["0000:01:00.0",22]' "$(gpu-handoff status --json | jq -c '.gpus[] | [.address, (.holders | length)]')"
	kill $x $pipewire $chrome $apps
}

#: r720 --load vfio_pci --load kvmgt : states_of_guests
states_of_guests() {
	local qemu
	state() { gpu-handoff status --json | jq -c '.guests[] | [.name, .state]'; }
	same "no guest" "" "$(state)"
	prepare Win10 <$recipe
	same "between prepare and QEMU" '["Win10","starting"]' "$(state)"
	qemu=$(hold --path qemu-system-x86 /dev/vfio/9)
	same "QEMU has the vGPU" '["Win10","running"]' "$(state)"
	kill $qemu
	until_gone $qemu
	release Win10 <$recipe
	same "it is over" "" "$(state)"
	gpu-handoff take --xml $recipe
	same "taken by hand" '["Win10","by-hand"]' "$(state)"
	tell "fail */driver_override EIO"
	gpu-handoff give-back Win10 2>$scratch/ignored
	tell clear-faults
	same "over, and not all is given back" '["Win10","over"]' "$(state)"
	same "the way back" "  state     over, but not all is given back; it is tried every minute
  give back driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/-
            driver 0000:01:00.0 vfio-pci/vfio-pci nvidia/-" \
		"$(page | grep -E 'state|driver 0000')"
	echo x >>/run/gpu-handoff/$win10.undo
	same "a file that is not ours" "  state     its record cannot be read
  why       /run/gpu-handoff/$win10.undo, line 15:
              not what this program writes; nothing was done: correct or remove
              it" \
		"$(page | sed -n '/^guest /,$p' | sed -E 's/line [0-9]+/line 15/' | grep -A9 state)"
	same "in the object" '[null,"broken"]' "$(state)"
	schema
}

#: r720 --load vfio_pci --load kvmgt : names_of_guests
names_of_guests() {
	pin_names
	guest x $win11 0000:01:00.0 >$scratch/guest.xml
	prepare "Win11" <$scratch/guest.xml
	sed -i '2s/.*/guest '$win11' G%C3%A4st%20%221%22%20%5C%20%FF/' /run/gpu-handoff/$win11.undo
	same "on the page" "guest Gäst \"1\" \\ \\xff" "$(page | grep '^guest')"
	same "in the object" "Gäst \"1\" \\ \\xff" "$(gpu-handoff status --json | jq -r '.guests[].name')"
	same "in the graph" '[shape=house, label="guest\nGäst \"1\" \\ \\xff\nstarting"];' \
		"$(gpu-handoff status --dot | grep -o '.shape=house.*')"
	same "which is one" drawn "$(gpu-handoff status --dot | dot -Tcanon 2>$scratch/ignored |
		grep -q house && echo drawn)"
	sed -i "2s/.*/guest $win11 a%0A%1B[31m%E2%80%AE%C2%9B%EF%BB%BF%F3%A0%81%81z/" /run/gpu-handoff/$win11.undo
	same "what a terminal obeys or hides" 'guest a\x0a\x1b[31m\xe2\x80\xae\xc2\x9b\xef\xbb\xbf\xf3\xa0\x81\x81z' \
		"$(page | grep '^guest')"
	same "in the object as an escape" '"a\n\u001b[31m\u202e\u009b\ufeff\udb40\udc41z"' \
		"$(gpu-handoff status --json | sed -nE 's/^ *"name": ("a.*"),$/\1/p')"
	same "of which a program gets the name itself" \
		$'a\n\e[31m\xe2\x80\xae\xc2\x9b\xef\xbb\xbf\xf3\xa0\x81\x81z' \
		"$(gpu-handoff status --json | jq -r '.guests[].name')"
	schema
	sed -i "2s/.*/guest $win11 -/" /run/gpu-handoff/$win11.undo
	same "a dash is a name as well" '"-"' "$(gpu-handoff status --json | jq -c '.guests[].name')"
	release Win11 <$scratch/guest.xml
}

#: r720 --load vfio_pci --load kvmgt : without_names
without_names() {
	rm -f /etc/udev/hwdb.bin
	pin_names
	printf 'pci:v00008086*\n ID_VENDOR_FROM_DATABASE=Intel Corporation\n' \
		>$scratch/root/etc/udev/hwdb.d/names.hwdb
	systemd-hwdb update --root=$scratch/root
	cp $scratch/root/etc/udev/hwdb.bin /etc/udev/hwdb.bin
	same "IDs stand for names" "0000:00:02.0  Intel Corporation [8086:591b]
0000:01:00.0  [10de:1c8d]" "$(page | grep '^0000')"
}

# until_seen TEXT: the last of the objects in $scratch/watched shows it, within 10 s
until_seen() {
	local end=$((SECONDS + 10))
	until [ "$(jq -sc '.[-1].guests | map([.name, .state])' $scratch/watched)" = "$1" ]; do
		[ $SECONDS -lt $end ] || { echo "not ok until_seen: $1: not in 10 s" && return 1; }
	done
	echo seen
}

#: r720 --load vfio_pci --load kvmgt : it_is_watched
it_is_watched() {
	local watcher qemu
	: >$scratch/watched
	gpu-handoff-status --json --watch >$scratch/watched &
	watcher=$!
	same "no guest" seen "$(until_seen "[]")"
	prepare Win10 <$recipe
	same "one starts" seen "$(until_seen '[["Win10","starting"]]')"
	qemu=$(hold --path qemu-system-x86 /dev/vfio/1)
	same "it runs" seen "$(until_seen '[["Win10","running"]]')"
	kill $qemu
	until_gone $qemu
	release Win10 <$recipe
	same "it is over" seen "$(until_seen "[]")"
	kill $watcher
	wait $watcher 2>$scratch/ignored
	same "it ends by a signal" 143 $?
	same "nothing is shown twice" "" "$(jq -sc 'range(1; length) as $i | select(.[$i] == .[$i - 1])' $scratch/watched)"
	same "when nobody reads any more it ends" "0 0" \
		"$(gpu-handoff-status --watch | head -n 1 >$scratch/ignored; echo "${PIPESTATUS[*]}")"
}

#: r720 : on_a_terminal
on_a_terminal() {
	local bold=$'\e[1mWiring: MUXless\e[0m'
	terminal() { # terminal VARIABLE...: the first line there
		env "$@" script -qec gpu-handoff-status /dev/null | head -n 1 | tr -d '\r'
	}
	same "it has colours" "$bold" "$(terminal TERM=xterm)"
	same "not with NO_COLOR" "Wiring: MUXless" "$(terminal TERM=xterm NO_COLOR=1)"
	same "not if it has none" "Wiring: MUXless" "$(terminal TERM=dumb)"
	same "nor in a pipe" "Wiring: MUXless" "$(TERM=xterm gpu-handoff-status | head -n 1)"
}

#: r720 : without_an_iommu
without_an_iommu() {
	pin_names
	tell no-iommu
	same "the page" "  group     none: the IOMMU is off
  slot      0000:01:00.0  10de:1c8d  3D controller   nvidia
            0000:01:00.1  10de:0fb9  audio           snd_hda_intel" \
		"$(page | sed -n '/^0000:01/,$p' | sed -n '/group/,$p')"
	same "in the object" "[null,[]]" "$(gpu-handoff status --json | jq -c '.gpus[1] | [.iommu_group, .group_members]')"
	schema
}

# What cannot be given back because its unbind hangs.
#: r720 --load vfio_pci --load kvmgt : a_device_hangs
a_device_hangs() {
	conf "[handoff]" "operation-timeout = 1"
	pin_names
	tell "block */snd_hda_intel/unbind 1"
	prepare Win10 <$recipe 2>$scratch/ignored
	same "the page" "            0000:01:00.1  10de:0fb9  audio           -, override vfio-pci
  state     over, but not all is given back; it is tried every minute
  give back driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/- (stuck: the
              kernel has not returned from a move)
            power 0000:01:00.1 on auto (stuck: the kernel has not returned from
              a move)" "$(page | grep -A9 '10de:0fb9\|^  state' | grep -v 'guest\|UUID\|^$')"
	same "in the object" '["driver",true]
["power",true]' "$(gpu-handoff status --json | jq -c '.guests[].give_back[] | [.noun, .stuck]')"
	schema
	tell unblock
}
# until_shown TEXT FILTER: jq finds that in the object, within 10 s
until_shown() {
	local end=$((SECONDS + 10))
	until [ "$(gpu-handoff status --json | jq -c "$2")" = "$1" ]; do
		[ $SECONDS -lt $end ] || { echo "not ok until_shown: $1: not in 10 s" && return 1; }
	done
	echo shown
}

# As long as somebody waits for a move it is no more than on its way.
#: r720 --load vfio_pci --load kvmgt : a_device_moves
a_device_moves() {
	local take
	pin_names
	tell "block */snd_hda_intel/unbind 1"
	gpu-handoff take --xml $recipe 2>$scratch/ignored &
	take=$!
	same "the object" shown "$(until_shown '[["driver",true,false],["power",true,false]]' \
		'[.guests[].give_back[] | select(.moving) | [.noun, .moving, .stuck]]')"
	same "the page" "  give back driver 0000:01:00.1 vfio-pci/vfio-pci snd_hda_intel/- (moving)
            power 0000:01:00.1 on auto (moving)" "$(page | grep 01:00.1 | grep -v 10de)"
	schema
	tell unblock
	wait $take
	same "it is done" "0 []" "$? $(gpu-handoff status --json | jq -c '[.guests[].give_back[] | select(.moving)]')"
	gpu-handoff give-back Win10
}

# One that is made by hand is not in sysfs until the kernel returns.
#: r720 --load vfio_pci --load kvmgt : a_vgpu_hangs
a_vgpu_hangs() {
	local create other=${vgpu/af/bf}
	moves() { gpu-handoff status --json | jq -c '.vgpus[] | [.uuid, .parent, .type, .moving, .stuck]'; }
	pin_names
	tell "block */create 1"
	gpu-handoff vgpu create i915-GVTg_V5_8 $vgpu >$scratch/ignored 2>&1 &
	create=$!
	same "it is made" shown "$(until_shown "[\"$vgpu\",\"0000:00:02.0\",\"i915-GVTg_V5_8\",true,false]" \
		'.vgpus[] | [.uuid, .parent, .type, .moving, .stuck]')"
	same "the page" "  vGPU      $vgpu i915-GVTg_V5_8 (moving)" "$(page | grep vGPU)"
	tell unblock
	wait $create
	same "it is there" "[\"$vgpu\",\"0000:00:02.0\",\"i915-GVTg_V5_8\",false,false]" "$(moves)"
	conf "[handoff]" "operation-timeout = 1"
	tell "block */create 1"
	gpu-handoff vgpu create i915-GVTg_V5_8 $other >$scratch/ignored 2>&1
	same "its making hangs" "[\"$vgpu\",\"0000:00:02.0\",\"i915-GVTg_V5_8\",false,false]
[\"$other\",\"0000:00:02.0\",\"i915-GVTg_V5_8\",true,true]" "$(moves)"
	same "on the page" "  vGPU      $vgpu i915-GVTg_V5_8
  vGPU      $other i915-GVTg_V5_8 (stuck: the
              kernel has not returned from a move)" "$(page | grep -A9 vGPU | grep -E '^  vGPU|returned')"
	same "in the list" "  stuck: the kernel has not returned from making or removing it" \
		"$(gpu-handoff vgpu list | grep -A1 $other | tail -n 1)"
	schema
	gpu-handoff vgpu remove $vgpu
	same "it is still known after another move" "[\"$other\",\"0000:00:02.0\",\"i915-GVTg_V5_8\",true,true]" \
		"$(moves)"
	tell unblock
	same "then it is there" shown "$(until_shown "[\"$other\",\"0000:00:02.0\",\"i915-GVTg_V5_8\",false,false]" \
		'.vgpus[] | [.uuid, .parent, .type, .moving, .stuck]')"
	echo "mdev $vgpu absent x" >/run/gpu-handoff-vgpu.lock
	same "what nobody moves is nowhere" "[\"$other\",\"0000:00:02.0\",\"i915-GVTg_V5_8\",false,false]" "$(moves)"
}

