# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# Events of udev in numbers, at bad moments and of nobody.
# shellcheck source=tests/scenarios/udev-lib.sh
. tests/scenarios/udev-lib.sh

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
