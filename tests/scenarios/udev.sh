# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# What udev's rule and its units run: which functions are claimed when they appear, vGPUs of boot, GPUs
# that are unplugged.
igpu=0000:00:02.0
gpu=0000:01:00.0
audio=0000:01:00.1
types=/sys/class/mdev_bus/$igpu/mdev_supported_types
second=${vgpu/af/bf}
third=${vgpu/af/cf}
override=GPU_HANDOFF_OVERRIDE=vfio-pci

# claim ADDRESS [NAME=VALUE]...: as udev runs it for `add`
claim() {
	local address=$1
	shift
	env -i ACTION=add SUBSYSTEM=pci PCI_SLOT_NAME="$address" \
		DEVPATH="/devices/pci0000:00/$address" "$@" /usr/lib/udev/gpu-handoff-claim
}

# claims: what comes of `add` of every function, but for those of which nothing is said or printed
claims() {
	local path
	for path in /sys/bus/pci/devices/*; do
		claim "${path##*/}" 2>&1 | sed "s/^/${path##*/} /"
	done
}

unbind() { # unbind ADDRESS...: as if the functions had no driver yet
	local address
	for address; do
		tell "unbind $address"
	done
}

bound() { # bound ADDRESS DRIVER: what is said and printed of one that has a driver already
	echo "$1 gpu-handoff-claim: $1 is reserved but on driver $2 already: it is left there until a guest \
needs it; see gpu-handoff boot status
$1 GPU_HANDOFF_BOUND=$2"
}

console() { # console ADDRESS: of the host's display
	echo "$1 gpu-handoff-claim: $1 shows the host's console: it stays with the host; set \
console=release in [handoff] of gpu-handoff.conf(5) if it may go
$1 GPU_HANDOFF_LEFT=console"
}

creates() { # how often a vGPU was made
	grep -c '/create .* -> 0' $laptop
}

vgpus() {
	local path
	for path in /sys/bus/mdev/devices/*; do
		[ ! -e "$path" ] || echo "${path##*/} $(basename "$(readlink "$path/mdev_type")")"
	done
}

#: r720 : reserved_by_id_or_address
reserved_by_id_or_address() {
	same "without a configuration" "" "$(claims)"
	conf "[gpu 10de:1c8d]" "reserve = guest" "[gpu 0000:01:00.1]" "reserve = boot"
	unbind $gpu $audio
	same "for guests only, and a section of no display" "" "$(claims)"
	conf "[gpu 10de:1c8d]" "reserve = boot"
	same "the whole card by ID" "$gpu $override
$audio $override" "$(claims)"
	conf "[gpu $gpu]" "reserve = boot" "id = 10de:1c8d"
	same "the whole card by address and ID" "$gpu $override
$audio $override" "$(claims)"
	conf "[gpu 10de:1c8d]" "reserve = boot" "[gpu $gpu]" "reserve = guest"
	same "the address overrides the ID" "" "$(claims)"
	conf "[handoff]" "slot = named" "[gpu 10de:1c8d]" "reserve = boot"
	same "slot=named" "$gpu $override" "$(claims)"
	conf "[gpu $gpu]" "reserve = boot" "id = 10de:1c8c"
	same "another device at the address" "$gpu gpu-handoff-claim: $gpu is 10de:1c8d, not 10de:1c8c as \
[gpu $gpu] says: it stays with the host; addresses have moved, correct gpu-handoff.conf(5)
$gpu GPU_HANDOFF_LEFT=id
$audio GPU_HANDOFF_LEFT=id" "$(claims)"
	tell no-iommu
	conf "[gpu 10de:1c8d]" "reserve = boot"
	same "without an IOMMU" "$(for f in $gpu $audio; do
		echo "$f gpu-handoff-claim: $f has no IOMMU, so vfio-pci cannot have it: it stays with \
the host; switch VT-d or AMD-Vi on in the firmware, and see gpu-handoff boot plan
$f GPU_HANDOFF_LEFT=iommu"
	done)" "$(claims)"
	same "nothing was written" "" "$(grep -v 'unbind\|no-iommu' $laptop)"
}

#: r720 --load vfio_pci : bound_already
bound_already() {
	conf "[gpu 10de:1c8d]" "reserve = boot"
	same "the host's drivers have them" "$(bound $gpu nvidia && bound $audio snd_hda_intel)" "$(claims)"
	same "it is said once" "GPU_HANDOFF_BOUND=nvidia" "$(claim $gpu GPU_HANDOFF_BOUND=nvidia 2>&1)"
	same "another driver is said" "$(bound $gpu nvidia)" \
		"$(claim $gpu GPU_HANDOFF_BOUND=nouveau 2>&1 | sed "s/^/$gpu /")"
	same "the kernel's word counts, not the event's" "$(bound $gpu nvidia)" \
		"$(claim $gpu DRIVER=vfio-pci 2>&1 | sed "s/^/$gpu /")"
	tell "unbind $gpu"
	echo vfio-pci >/sys/bus/pci/devices/$gpu/driver_override
	tell "bind $gpu vfio-pci"
	same "on vfio-pci already" "$(bound $audio snd_hda_intel)" "$(claims)"
}

#: r720 : the_console
the_console() {
	conf "[gpu 8086:591b]" "reserve = boot"
	same "the host's display" "$(console $igpu)" "$(claims)"
	same "that is said once" GPU_HANDOFF_LEFT=console "$(claim $igpu GPU_HANDOFF_LEFT=console 2>&1)"
	conf "[handoff]" "console = release" "[gpu 8086:591b]" "reserve = boot"
	same "console=release" "$(bound $igpu i915)" "$(claims)"
}

#: muxed : four_functions
four_functions() {
	unbind 0000:01:00.0 0000:01:00.1 0000:01:00.2
	conf "[gpu 0000:01:00.0]" "reserve = boot"
	same "a card of four, one of them bound" "0000:01:00.0 $override
0000:01:00.1 $override
0000:01:00.2 $override
$(bound 0000:01:00.3 nvidia-gpu)" "$(claims)"
}

#: twins : one_of_two_equal_cards
one_of_two_equal_cards() {
	unbind 0000:01:00.0 0000:01:00.1 0000:02:00.0 0000:02:00.1
	conf "[gpu 0000:02:00.0]" "reserve = boot"
	same "one by its address" "0000:02:00.0 $override
0000:02:00.1 $override" "$(claims)"
	conf "[gpu 10de:1b80]" "reserve = boot"
	same "both by their ID, but for the console" "$(console 0000:01:00.0)
0000:01:00.1 GPU_HANDOFF_LEFT=console
0000:02:00.0 $override
0000:02:00.1 $override" "$(claims)"
}

#: one-gpu : the_only_gpu_is_reserved
the_only_gpu_is_reserved() {
	conf "[gpu 1002:73bf]" "reserve = boot"
	same "the only GPU has the console" "$(console 0000:0a:00.0)
0000:0a:00.1 GPU_HANDOFF_LEFT=console" "$(claims)"
	conf "[handoff]" "console = release" "[gpu 1002:73bf]" "reserve = boot"
	unbind 0000:0a:00.0 0000:0a:00.1
	same "console=release, its bridges stay" "0000:0a:00.0 $override
0000:0a:00.1 $override" "$(claims)"
}

#: flex : virtual_functions
virtual_functions() {
	unbind 0000:4d:00.0 0000:4d:00.1 0000:4d:00.2
	conf "[gpu 0000:4d:00.2]" "reserve = boot"
	same "one virtual function" "0000:4d:00.2 $override" "$(claims)"
}

#: r720 : other_configurations
other_configurations() {
	unbind $gpu
	conf "[gpu 10de:1c8d]" "reserve = boot"
	chmod 666 /etc/gpu-handoff.conf
	same "one that others may write" "status 1
gpu-handoff-claim: /etc/gpu-handoff.conf must be a regular file of root that only root may write; run \
chown root: and chmod 644 on it" "$(answer claim $gpu)"
	conf "[gpu 10de:1c8d]" "reserve = boots"
	same "one with an error" "status 1
gpu-handoff-claim: /etc/gpu-handoff.conf, line 2: reserve = boots is not right; write guest or boot" \
		"$(answer claim $gpu)"
	conf "[handoff]" "busy = never"
	same "one with an error but without a GPU" "status 0" "$(answer claim $gpu)"
	conf "[handoff]" "# [gpu 10de:1c8d]" "# reserve = boot"
	ASAN_OPTIONS=detect_leaks=0 strace -qq -f -e trace=%file -o $scratch/calls /usr/lib/udev/gpu-handoff-claim unexpected 2>$scratch/out
	same "strace works here" "usage: gpu-handoff-claim" "$(head -n 1 $scratch/out)"
	claim $gpu ASAN_OPTIONS=detect_leaks=0 strace -qq -f -e trace=%file -o $scratch/calls
	same "one that reserves nothing: nothing is read in /sys or /run" "" \
		"$(grep -E '"/(sys|run)' $scratch/calls)"
	same "but the configuration is" 1 "$(grep -c gpu-handoff.conf $scratch/calls)"
	cp conf/gpu-handoff.conf /etc/gpu-handoff.conf
	claim $gpu ASAN_OPTIONS=detect_leaks=0 strace -qq -f -e trace=%file -o $scratch/calls
	same "nor with the configuration as shipped" "" "$(grep -E '"/(sys|run)' $scratch/calls)"
}

# hostile CHECK MESSAGE NAME=VALUE...: refused, with one line and nothing on stdout
hostile() {
	local check=$1 message=$2 status=0
	shift 2
	env -i "$@" /usr/lib/udev/gpu-handoff-claim >$scratch/out 2>$scratch/error || status=$?
	same "row 41: $check" "1, gpu-handoff-claim: $message" \
		"$status, $(cat $scratch/error)$(cat $scratch/out)"
}

#: r720 : environments
environments() {
	local right=(ACTION=add SUBSYSTEM=pci "PCI_SLOT_NAME=$gpu"
		"DEVPATH=/devices/pci0000:00/0000:00:01.0/$gpu") not="is not that of a PCI function; nothing is \
claimed" path before
	before=$(machine)
	unbind $gpu $audio
	conf "[gpu 10de:1c8d]" "reserve = boot"
	same "row 41: a right one" "$override" "$(env -i "${right[@]}" /usr/lib/udev/gpu-handoff-claim)"
	hostile "nothing is set" "ACTION is not set; only udev runs this"
	hostile "no ACTION" "ACTION is not set; only udev runs this" "${right[@]:1}"
	hostile "no SUBSYSTEM" "SUBSYSTEM is not set; only udev runs this" ACTION=add "${right[@]:2}"
	hostile "no PCI_SLOT_NAME" "PCI_SLOT_NAME is not set; only udev runs this" "${right[@]:0:2}" \
		"${right[3]}"
	hostile "no DEVPATH" "DEVPATH is not set; only udev runs this" "${right[@]:0:3}"
	hostile "an unknown ACTION" "ACTION=addd $not" "${right[@]}" ACTION=addd
	hostile "another SUBSYSTEM" "SUBSYSTEM=usb $not" "${right[@]}" SUBSYSTEM=usb
	for path in "" / /devices /devices/ /devices/$audio "/devices/../$gpu" "/devices/./$gpu" \
		"/devices//$gpu" "/devices/x/../../$gpu" "/devices/$gpu/" "devices/$gpu" "/sys/devices/$gpu" \
		"/devices/a b/$gpu" "/devices/$gpu/.."; do
		hostile "DEVPATH ${path:0:40}" "DEVPATH=$path $not" "${right[@]}" DEVPATH="$path" |
			sed 's/^\(ok.*\): \(.*\)/\1 \2/'
	done
	for path in "" nvidia/../vfio "two words" .. "$(printf '%064d' 0)"; do
		hostile "DRIVER ${path:0:20}" "DRIVER=$path $not" "${right[@]}" DRIVER="$path"
	done
	for path in "" 0000:01:00 01:00.0 0000:01:00.8 0000:01:20.0 "$gpu " 0000:0A:00.0 00000000:01:00.0 \
		"../$gpu" "\$(reboot)"; do
		hostile "PCI_SLOT_NAME ${path//:/-}" "PCI_SLOT_NAME=$path $not" "${right[@]}" \
			PCI_SLOT_NAME="$path" DEVPATH="/devices/$path"
	done
	same "row 41: a DEVPATH without end" "status 1 gpu-handoff-claim: DEVPATH=/devices/00" \
		"$(answer claim $gpu DEVPATH=/devices/"$(printf %04096d 0)"/$gpu | xargs | cut -c 1-47)"
	hostile "control characters" "ACTION=a\\x0a\\x1b[2J $not" "${right[@]}" ACTION=$'a\n\e[2J'
	same "row 41: another function than DEVPATH's" "status 1
gpu-handoff-claim: DEVPATH=${right[3]#*=} $not" "$(answer env -i "${right[@]}" PCI_SLOT_NAME=$audio \
		/usr/lib/udev/gpu-handoff-claim)"
	same "row 41: one that is not there" "status 0" "$(answer claim 0000:77:00.0)"
	same "row 41: other actions" "status 0" "$(answer claim $gpu ACTION=remove
		for path in change move online offline bind unbind; do claim $gpu ACTION=$path; done)"
	same "row 41: nothing was written" "" "$(grep -v 'unbind' $laptop)"
	same "row 41: LD_PRELOAD, PATH and the like change nothing" "$override" \
		"$(claim $gpu PATH=/tmp LC_ALL=xx CONFIG=/tmp/x)"
	tell "bind $gpu nvidia"
	tell "bind $audio snd_hda_intel"
	rm /etc/gpu-handoff.conf
	as_before "row 41: the machine is as before" "$before"
}

# storm COUNT: that many `add` events, of all functions in turn; prints each different answer once
storm() {
	local functions=(/sys/bus/pci/devices/*) i address
	for ((i = 0; i < $1; i++)); do
		address=${functions[i % ${#functions[@]}]##*/}
		claim "$address" GPU_HANDOFF_BOUND=snd_hda_intel 2>&1 | sed "s/^/$address /"
	done | sort | uniq -c
}

#: r720 --load vfio_pci --load kvmgt : storm_while_a_guest_runs
storm_while_a_guest_runs() {
	local before after log
	conf "[gpu 10de:1c8d]" "reserve = boot"
	before=$(machine)
	prepare Win10 <$recipe
	after=$(machine)
	log=$(cat $laptop)
	same "row 40: 1,000 events of a claimed card say nothing" "" "$(storm 1000)"
	same "row 40: they write nothing" "$log" "$(cat $laptop)"
	as_before "row 40: they change nothing" "$after"
	release Win10 <$recipe
	as_before "row 40: the guest gives all back" "$before"
}

#: r720 --load vfio_pci --load kvmgt : storm_without_a_guest
storm_without_a_guest() {
	local before log
	conf "[gpu 10de:1c8d]" "reserve = boot"
	unbind $gpu
	before=$(machine)
	log=$(cat $laptop)
	# 1,001 events of 11 functions
	same "row 40: each event has the same answer" "     91 $gpu $override
     91 $audio GPU_HANDOFF_BOUND=snd_hda_intel" "$(storm 1001)"
	same "row 40: the program itself writes nothing" "$log" "$(cat $laptop)"
	as_before "row 40: and changes nothing" "$before"
}

# until_true COMMAND...: repeats it until it succeeds, at most 10 s
until_true() {
	local end=$((SECONDS + 10))
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "not ok until_true: $*: not in 10 s" && return 1; }
	done
}

waits() { # waits N: the model has held up a write for the Nth time
	[ "$(grep -c -- "-> waits" $laptop)" -ge "$1" ]
}

#: r720 --load vfio_pci --load kvmgt : events_during_take_and_give_back
events_during_take_and_give_back() {
	local before pid log
	conf "[gpu 10de:1c8d]" "reserve = boot"
	before=$(machine)
	tell "block */drivers_probe 1"
	prepare Win10 <$recipe &
	pid=$!
	until_true waits 1
	same "row 40: a guest is being given the card, which has no driver now" "$gpu -" "$(driver_of $gpu)"
	log=$(cat $laptop)
	same "row 40: events of its own bind say nothing" "" "$(claim $gpu 2>&1)"
	same "row 40: nor does its sibling's" "" "$(claim $audio 2>&1)"
	same "row 40: they write nothing" "$log" "$(cat $laptop)"
	tell unblock
	wait $pid
	same "row 40: the guest has the card" "$gpu vfio-pci" "$(driver_of $gpu)"
	tell "block */drivers_probe 1"
	release Win10 <$recipe &
	pid=$!
	until_true waits 2
	same "row 40: nor do events of the way back" "" "$(claim $gpu 2>&1 && claim $audio 2>&1)"
	tell unblock
	wait $pid
	as_before "row 40: all is given back" "$before"
}

#: r720 : undo_files_that_are_not_right
undo_files_that_are_not_right() {
	local file=/run/gpu-handoff/$win10.undo text
	unbind $gpu $audio
	conf "[gpu 10de:1c8d]" "reserve = boot"
	mkdir -m 700 /run/gpu-handoff
	text="gpu-handoff 1
guest $win10 Win10
owner -                                 
acquired
"
	install -m 600 <(printf '%sdriver %s vfio-pci/vfio-pci nvidia/-\n' "$text" $audio) $file
	same "only a function that has a line is a guest's" "$gpu $override" "$(claims)"
	install -m 600 <(printf '%s####### %s ###### ######\n#######\n' "$text" $gpu) $file
	same "a settled line is none" "$override" "$(claim $gpu)"
	install -m 600 <(printf '%sdriver %s vfio-pci/vfio-pci nvidia/-' "$text" $gpu) $file
	same "nor is one that never ran" "$override" "$(claim $gpu)"
	install -m 600 <(printf '%sdriver %s1 vfio-pci/vfio-pci nvidia/-\n' "$text" $gpu) $file
	same "nor is another address" "$override" "$(claim $gpu)"
	install -m 622 <(echo "$text") $file
	same "a file that others may write" "status 1
gpu-handoff-claim: $file is not root's own or others may write it; nothing was done: remove it if you do \
not know it" "$(answer claim $gpu)"
	rm $file
	ln -s /etc/passwd $file
	same "a symbolic link" "status 1
gpu-handoff-claim: $file cannot be opened: Too many levels of symbolic links" "$(answer claim $gpu)"
	rm $file
	truncate -s 300K $file
	chmod 600 $file
	same "a file without end" "status 1
gpu-handoff-claim: $file cannot be read: File too large" "$(answer claim $gpu)"
	rm $file
	chmod 777 /run/gpu-handoff
	same "a folder that others may write" "status 1
gpu-handoff-claim: /run/gpu-handoff is not root's own or others may write it; nothing was done: remove it \
if you do not know it" "$(answer claim $gpu)"
}

boot() { # what the unit runs
	gpu-handoff-vgpu create --boot $igpu
}

#: r720 --load kvmgt : vgpus_at_boot
vgpus_at_boot() {
	same "none without a configuration" "status 0" "$(answer boot)"
	conf "[vgpu]" "when = boot"
	same "none without a UUID" "status 0" "$(answer boot)"
	conf "[vgpu $vgpu]" "type = i915-GVTg_V5_8"
	same "none of a guest's" "status 0" "$(answer boot)"
	same "so there is none" "" "$(vgpus)"
	conf "[vgpu]" "when = boot" "[vgpu $vgpu]" "[vgpu $second]"
	same "two that share the GPU" "status 0" "$(answer boot)"
	same "both are there" "$vgpu i915-GVTg_V5_8
$second i915-GVTg_V5_8" "$(vgpus)"
	same "they are no guest's" "" "$(undo_files)"
	same "row 40: once more" "status 0" "$(answer boot)"
	same "row 40: they were made once" 2 "$(creates)"
	guest Win11 $win11 $vgpu >$scratch/xml
	same "a guest uses one" "status 0" "$(answer prepare Win11 <$scratch/xml)"
	same "it is not the guest's" "" "$(undo_files)"
	release Win11 <$scratch/xml
	same "it stays after the guest" "$vgpu i915-GVTg_V5_8
$second i915-GVTg_V5_8" "$(vgpus)"
}

#: r720 --load kvmgt : vgpus_at_boot_by_two
vgpus_at_boot_by_two() {
	local pids=() i
	conf "[vgpu $vgpu]" "when = boot" "[vgpu $second]" "when = boot"
	for i in 1 2 3 4; do
		boot >>$scratch/out 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait $i || echo "status $?" >>$scratch/out
	done
	same "row 40: four at once say nothing" "" "$(cat $scratch/out)"
	same "row 40: each vGPU was made once" 2 "$(grep -c /create $laptop)"
	same "row 40: both are there" "$vgpu i915-GVTg_V5_8
$second i915-GVTg_V5_8" "$(vgpus)"
}

#: r720 --load kvmgt : vgpus_at_boot_by_config
vgpus_at_boot_by_config() {
	conf "[vgpu $vgpu]" "when = boot" "type = i915-GVTg_V5_1 i915-GVTg_V5_8" "parent = $igpu"
	same "type= and parent=" "status 0" "$(answer boot)"
	same "they are kept to" "$vgpu i915-GVTg_V5_8" "$(vgpus)"
	conf "[vgpu $second]" "when = boot" "parent = 0000:00:03.0"
	same "one of another GPU" "status 0" "$(answer boot)"
	same "it is left to that" "$vgpu i915-GVTg_V5_8" "$(vgpus)"
	conf "[vgpu $second]" "when = boot" "type = i915-GVTg_V5_1" "[vgpu $third]" "when = boot"
	same "a type that there is not does not stop the others" "status 1
gpu-handoff-vgpu: vGPU $second cannot be made: no GPU of this host offers type i915-GVTg_V5_1; see ls \
/sys/class/mdev_bus/*/mdev_supported_types and correct type= in gpu-handoff.conf(5)" "$(answer boot)"
	same "they are there" "$vgpu i915-GVTg_V5_8
$third i915-GVTg_V5_8" "$(vgpus)"
	same "no room" "status 1
gpu-handoff-vgpu: vGPU $second cannot be made: no type has a free instance; stop another guest that has a \
vGPU, or remove vGPUs that nobody uses" "$(conf "[vgpu $second]" "when = boot"
		answer boot)"
	same "a GPU that makes none" "status 1
gpu-handoff-vgpu: $gpu makes no vGPUs (there is no /sys/class/mdev_bus/$gpu); see dmesg" \
		"$(answer gpu-handoff-vgpu create --boot $gpu)"
	same "a name that is a path" "status 1
gpu-handoff-vgpu: ../devices makes no vGPUs (there is no /sys/class/mdev_bus/../devices); see dmesg" \
		"$(answer gpu-handoff-vgpu create --boot ../devices)"
	conf "[vgpu $second]" "when = never"
	same "a configuration with an error" "status 1
gpu-handoff-vgpu: /etc/gpu-handoff.conf, line 2: when = never is not right; write guest or boot" \
		"$(answer boot)"
	same "wrong usage" "2 2 2 2" "$(for words in "" create "create x --boot $igpu" "list --boot $igpu"; do
		gpu-handoff-vgpu $words >$scratch/out 2>&1
		echo $?
	done | xargs)"
}

#: r720 --load kvmgt : vgpus_that_others_have
vgpus_that_others_have() {
	conf "[vgpu $vgpu]" "when = boot" "type = i915-GVTg_V5_8"
	echo $vgpu >$types/i915-GVTg_V5_4/create
	same "one that somebody made" "status 0" "$(answer boot)"
	same "it stays as it is" "$vgpu i915-GVTg_V5_4" "$(vgpus)"
	echo 1 >/sys/bus/mdev/devices/$vgpu/remove
	guest Win11 $win11 $vgpu >$scratch/xml
	prepare Win11 <$scratch/xml
	echo 1 >/sys/bus/mdev/devices/$vgpu/remove
	same "one that a guest's undo file names" "status 0" "$(answer boot)"
	same "it is left" "" "$(vgpus)"
	release Win11 <$scratch/xml
	tell "fail */create EEXIST 1"
	tell "on */create write $igpu/mdev_supported_types/i915-GVTg_V5_4/create $vgpu"
	same "somebody is quicker" "status 0" "$(answer boot)"
	same "that one is right" "$vgpu i915-GVTg_V5_4" "$(vgpus)"
}

#: r720 --load kvmgt : vgpus_that_cannot_be_made
vgpus_that_cannot_be_made() {
	local message="vGPU $vgpu of type $igpu/i915-GVTg_V5_8 could not be created:"
	conf "[handoff]" "operation-timeout = 1" "[vgpu]" "when = boot" "[vgpu $vgpu]" "[vgpu $second]"
	tell "fail */create EUSERS 1"
	same "the kernel refuses the first" "status 1
gpu-handoff-vgpu: $message all instances of this type are in use; stop another guest or choose another \
type= in gpu-handoff.conf(5)" "$(answer boot)"
	same "the second is there" "$second i915-GVTg_V5_8" "$(vgpus)"
	conf "[handoff]" "operation-timeout = 1" "[vgpu $vgpu]" "when = boot"
	tell "block */create 1"
	same "the kernel does not answer" "status 1
gpu-handoff-vgpu: $vgpu is stuck: the kernel has not returned from moving its mdev to \
$igpu/i915-GVTg_V5_8; nothing more of it is touched until it does (close what uses it, else reboot)" \
		"$(answer boot)"
	same "nor is it asked again" "$(grep -c /create $laptop) status 1" \
		"$(answer boot >$scratch/out
		echo "$(grep -c /create $laptop) $(head -n 1 $scratch/out)")"
	tell unblock
	until_true test -e /sys/bus/mdev/devices/$vgpu
	same "in the end it is there" "status 0" "$(answer boot)"
}

unplugged() { # unplugged ADDRESS NAME: what --gone says
	echo "gpu-handoff-give-back: $1 was unplugged while guest $2 had it"
}

#: r720 --load vfio_pci : unplugged_while_the_guest_runs
unplugged_while_the_guest_runs() {
	local after
	guest Win11 $win11 $gpu >$scratch/xml
	same "without a guest" "status 0" "$(answer gpu-handoff give-back --gone $gpu)"
	prepare Win11 <$scratch/xml
	after=$(machine)
	same "a false alarm" "status 0" "$(answer gpu-handoff give-back --gone $gpu)"
	same "a function of nobody" "status 0" "$(answer gpu-handoff give-back --gone 0000:02:00.0)"
	same "they change nothing" "$after" "$(machine)"
	tell "vanish $gpu"
	same "one that is unplugged" "status 0
$(unplugged $gpu Win11)" "$(answer gpu-handoff give-back --gone $gpu)"
	same "its lines are gone, the others stay" "$(grep -v $gpu <<<"$after" | sed -n '/undo:$/,$p')" \
		"$(undo_files)"
	same "it is said once" "status 0" "$(answer gpu-handoff give-back --gone $gpu)"
	same "release gives back the rest" "status 0" "$(answer release Win11 <$scratch/xml)"
	same "that is back" "$audio snd_hda_intel
nvidia-persistenced.service active
nvidia-powerd.service inactive" "$(driver_of $audio && units)"
	same "no undo file is left" "" "$(undo_files)"
}

#: r720 --load vfio_pci : unplugged_and_plugged_again
unplugged_and_plugged_again() {
	guest Win11 $win11 $gpu >$scratch/xml
	prepare Win11 <$scratch/xml
	tell "unbind $audio"
	echo >/sys/bus/pci/devices/$audio/driver_override
	tell "bind $audio snd_hda_intel"
	same "another one is in its place" "status 0
$(unplugged $audio Win11)" "$(answer gpu-handoff give-back --gone $audio)"
	same "that stays as it is" "$audio snd_hda_intel" "$(driver_of $audio)"
	same "its lines are gone" "" "$(undo_files | grep $audio)"
	same "release gives back the rest" "status 0" "$(answer release Win11 <$scratch/xml)"
}

#: r720 --load vfio_pci : all_of_it_is_unplugged
all_of_it_is_unplugged() {
	conf "[handoff]" "unload-modules = never" "stop-units ="
	guest Win11 $win11 $gpu >$scratch/xml
	prepare Win11 <$scratch/xml
	tell "vanish $gpu"
	tell "vanish $audio"
	same "both functions" "status 0
$(unplugged $gpu Win11)
status 0
$(unplugged $audio Win11)" "$(answer gpu-handoff give-back --gone $gpu
		answer gpu-handoff give-back --gone $audio)"
	same "the file stays while the guest may run" "$(undo_text Win11 $win11 "")" "$(undo_files)"
	same "release has nothing to do" "status 0" "$(answer release Win11 <$scratch/xml)"
	same "and removes it" "" "$(undo_files)"
}

#: r720 --load vfio_pci : unplugged_after_the_guest
unplugged_after_the_guest() {
	local file=/run/gpu-handoff/$win11.undo
	mkdir -m 700 /run/gpu-handoff
	install -m 600 <(printf 'gpu-handoff 1\nguest %s Win11\n%-40s\nreleased\ndriver %s -/- nvidia/-\n' \
		$win11 "owner 0 0" 0000:05:00.0) $file
	same "one that a guest left behind" "status 0
$(unplugged 0000:05:00.0 Win11)" "$(answer gpu-handoff give-back --gone 0000:05:00.0)"
	same "its file goes" "" "$(undo_files)"
	install -m 600 <(printf 'gpu-handoff 1\nguest %s Win11\n%-40s\nreleased\ndriver %s -/- nvidia/-\n' \
		$win11 "owner 0 0" $gpu) $file
	same "one that is there is left to give-back" "status 0" "$(answer gpu-handoff give-back --gone $gpu)"
	same "its line stays" "driver $gpu -/- nvidia/-" "$(tail -n 1 $file)"
	install -m 600 <(echo "gpu-handoff 2") $file
	same "a file of another version" "status 1
gpu-handoff-give-back: $file is of another version of gpu-handoff; install that again and run gpu-handoff \
give-back $win11" "$(answer gpu-handoff give-back --gone $gpu)"
	same "wrong usage" "2 2 2 2 2" "$(for words in "--gone" "--gone x" "--gone $gpu x" \
		"--gone $gpu --plan" "--gone $gpu --all"; do
		gpu-handoff give-back $words >$scratch/out 2>&1
		echo $?
	done | xargs)"
}

#: r720 --load vfio_pci : unplugged_while_stuck
unplugged_while_stuck() {
	local pid pids before
	conf "[handoff]" "operation-timeout = 10" "unload-modules = never"
	guest Win11 $win11 $gpu >$scratch/xml
	before=$(machine)
	tell "block */nvidia/unbind 1"
	prepare Win11 <$scratch/xml >$scratch/out 2>&1 &
	pid=$!
	until_true waits 1
	mapfile -t pids < <(pgrep -x gpu-handoff-tak)
	kill -9 "${pids[@]::2}" # and the process that hangs stays
	wait $pid
	same "one whose move hangs" "status 1
gpu-handoff-give-back: $gpu is stuck: the kernel has not returned from moving its driver; close what uses \
it, else reboot" "$(answer gpu-handoff give-back --gone $gpu)"
	same "its line stays" "driver $gpu vfio-pci/vfio-pci nvidia/-" "$(undo_files | tail -n 1)"
	tell unblock
	until_true gpu-handoff give-back Win11 >$scratch/out 2>&1
	as_before "it comes back in the end" "$before"
}
