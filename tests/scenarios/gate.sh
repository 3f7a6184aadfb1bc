# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# What libvirt's hook lets through, and what may go wrong around it: no guest is harmed by a call
# that is none of ours, and neither by a call that nobody foresaw.
gate=/etc/libvirt/hooks/qemu.d/50-gpu-handoff

#: r720 --load vfio_pci --load kvmgt : other_operations_are_silent
other_operations_are_silent() {
	local before operations operation expected=
	before=$(machine)
	operations="reconnect begin
start begin
started begin
stopped end
migrate begin
restore begin
attach begin
prepare end
release begin
prepare -
prepare begins
PREPARE begin
shutdown begin
- -"
	while read -r operation; do
		expected+="$operation: status 0"$'\n'
	done <<<"$operations"
	same "row 29: every operation but two is silent and 0" "${expected%$'\n'}" \
		"$(while read -r operation; do
			echo "$operation: $(answer hook Win10 $operation <$recipe)"
		done <<<"$operations")"
	as_before "row 29: they change nothing" "$before"
	prepare Win10 <$recipe
	before=$(machine)
	same "row 29: the same while the guest runs" "${expected%$'\n'}" \
		"$(while read -r operation; do
			echo "$operation: $(answer hook Win10 $operation <$recipe)"
		done <<<"$operations")"
	as_before "row 29: they give nothing back" "$before"
	release Win10 <$recipe
}

#: r720 --load vfio_pci --load kvmgt : argument_counts
argument_counts() {
	local before arguments=() n
	before=$(machine)
	same "row 29: no argument at all, not even its name" "status 0" \
		"$(answer build/laptop/peak --bare /dev/null $gate <$recipe)"
	same "row 29: 0 to 10 arguments of which the third is not begin" "0 1 2 3 4 5 6 7 8 9 10 " \
		"$(for n in {0..10}; do
			[ "$(answer $gate "${arguments[@]}" <$recipe)" = "status 0" ] && echo -n "$n "
			arguments+=(prepare)
		done)"
	same "row 29: empty arguments" "status 0" "$(answer $gate "" "" "" "" <$recipe)"
	as_before "row 29: they change nothing" "$before"
	same "row 29: without EXTRA it is a prepare all the same" "status 0" \
		"$(answer $gate Win10 prepare begin <$recipe)"
	same "row 29: and with ten arguments a release" "status 0" \
		"$(answer $gate Win10 release end - 5 6 7 8 9 10 <$recipe)"
	as_before "row 29: both did their job" "$before"
}

# In a user namespace below the laptop's, where we are uid 1000 and without any right.
nobody() {
	unshare --user --map-user=1000 -- "$@"
}

#: r720 --load vfio_pci --load kvmgt : only_root_hands_over
only_root_hands_over() {
	local before
	before=$(machine)
	same "row 30: prepare in a session daemon" "status 0" \
		"$(answer nobody $gate Win10 prepare begin - <$recipe)"
	same "row 30: release in a session daemon" "status 0" \
		"$(answer nobody $gate Win10 release end - <$recipe)"
	same "row 30: take for the hook" "status 0" \
		"$(answer nobody /usr/sbin/gpu-handoff-take --hook <$recipe)"
	same "row 30: give-back for the hook" "status 0" \
		"$(answer nobody /usr/sbin/gpu-handoff-give-back --hook Win10 <$recipe)"
	same "row 30: take by hand" "status 1
gpu-handoff-take: only root can hand over a GPU; run it with sudo" \
		"$(answer nobody gpu-handoff take <$recipe)"
	same "row 30: give-back by hand" "status 1
gpu-handoff-give-back: only root can give a GPU back; run it with sudo" \
		"$(answer nobody gpu-handoff give-back --all)"
	same "row 30: a plan is for everybody" "$(gpu-handoff take --plan <$recipe)" \
		"$(nobody gpu-handoff take --plan <$recipe 2>$scratch/stderr)"
	as_before "row 30: nothing was changed" "$before"
	same "row 30: not even a folder was made" "status 2
ls: cannot access '/run/gpu-handoff': No such file or directory" "$(answer ls /run/gpu-handoff)"
}

#: r720 --load vfio_pci --load kvmgt : a_guest_without_gpu_costs_nothing
a_guest_without_gpu_costs_nothing() {
	local before
	before=$(machine)
	conf "this is no configuration"
	same "a guest without host devices starts whatever else is broken" "status 0" \
		"$(guest vm $win11 | answer prepare vm)"
	same "so does one whose <hostdev> is a network card" "status 0" \
		"$(guest vm $win11 0000:02:00.0 | answer prepare vm)"
	same "a release of a guest that has nothing is silent" "status 0" \
		"$(guest vm $win11 | answer release vm)"
	same "so is one of a guest that nobody knows" "status 0" "$(answer release "" </dev/null)"
	as_before "nothing was changed" "$before"
}

#: r720 --load vfio_pci --load kvmgt : standard_descriptors
standard_descriptors() {
	local before status
	before=$(machine)
	same "row 36: prepare with descriptors 1 and 2 closed" "0" \
		"$($gate Win10 prepare begin - <$recipe >&- 2>&-; echo $?)"
	same "row 28: release with stdout and stderr full" "0" \
		"$($gate Win10 release end - <$recipe >$scratch/status 2>/dev/full; echo $?)"
	as_before "row 28: both did their job" "$before"
	same "row 36: prepare with 0 to 2 closed has no XML and changes nothing" "0" \
		"$($gate Win10 prepare begin - <&- >&- 2>&-; echo $?)"
	as_before "row 36: as before" "$before"
	prepare Win10 <$recipe
	same "row 36: release with 0 to 2 closed knows the name" "0" \
		"$($gate Win10 release end - <&- >&- 2>&-; echo $?)"
	as_before "row 36: the machine is as before" "$before"
	hold --path Xorg /dev/nvidia0 >$scratch/pid
	same "row 28: a refusal that /dev/full swallows" "1" \
		"$($gate Win10 prepare begin - <$recipe 2>/dev/full; echo $?)"
	# the reader of the pipe is gone before the hook writes
	mkfifo $scratch/pipe
	# shellcheck disable=SC2094
	exec 8<>$scratch/pipe 9>$scratch/pipe 8<&-
	status=0
	$gate Win10 prepare begin - <$recipe 2>&9 || status=$?
	exec 9>&-
	same "row 28: a refusal into a broken pipe" 1 "$status"
	kill "$(cat $scratch/pid)"
	tail --pid="$(cat $scratch/pid)" -s 0.01 -f /dev/null
	as_before "row 28: both changed nothing" "$before"
	same "row 28: a plan that cannot be printed" "status 1
gpu-handoff-take: not all could be printed: No space left on device" \
		"$(answer full_plan)"
}

full_plan() {
	gpu-handoff take --plan <$recipe >/dev/full
}

sanitized() { # the programs under test reserve terabytes of addresses
	grep -q __asan_init /usr/sbin/gpu-handoff-take
}

limited() { # limited OPTION VALUE OPERATION SUB-OPERATION
	(
		ulimit "$1" "$2"
		exec $gate Win10 "$3" "$4" - <$recipe
	)
}

#: r720 --load vfio_pci --load kvmgt : low_limits
low_limits() {
	local before n
	before=$(machine)
	# every limit: either all is done, or nothing is and the guest does not start
	same "row 36: all or nothing, with 3 to 20 descriptors" "" "$(for n in {3..20}; do
		limited -n $n prepare begin >$scratch/out 2>&1
		echo "$? $(undo_files | wc -l)" >$scratch/got
		grep -qxE '0 1[0-9]|1 0' $scratch/got || echo "$n: $(cat $scratch/out)"
		release Win10 <$recipe
	done)"
	as_before "row 36: as before" "$before"
	prepare Win10 <$recipe
	same "row 36: release with 9 descriptors" "0" "$(limited -n 9 release end; echo $?)"
	as_before "row 36: it gave all back" "$before"
	same "row 36: no byte may be written to a file" "status 1
gpu-handoff-qemu: the domain XML cannot be read: File too large" \
		"$(answer limited -f 0 prepare begin)"
	as_before "row 36: so nothing was done" "$before"
	if sanitized; then
		echo "skip low_limits: addresses cannot be limited under a sanitizer"
		return
	fi
	same "row 36: all or nothing, with 3 to 20 MB of addresses" "" "$(for n in {3..20}; do
		limited -v $((n * 1000)) prepare begin >$scratch/out 2>&1
		status=$?
		case $status:$(undo_files | wc -l) in
		0:1? | [1-9]*:0) ;;
		*) echo "$n MB: $(cat $scratch/out)" ;;
		esac
		release Win10 <$recipe
	done)"
	as_before "row 36: the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : hostile_environment
hostile_environment() {
	local before program
	before=$(machine)
	mkdir $scratch/bin
	for program in sh bash modprobe systemctl udevadm gpu-handoff-take gpu-handoff-give-back; do
		# shellcheck disable=SC2016
		printf '#!/bin/sh\necho "$0 $*" >>%s\n' $scratch/run >$scratch/bin/$program
		chmod 755 $scratch/bin/$program
	done
	echo "install vfio_virqfd /sbin/modprobe --ignore-install vfio_virqfd" >/etc/modprobe.d/x.conf
	modprobe -r vfio_pci
	# the loader writes a file for each process that gets this environment
	env PATH=$scratch/bin LD_DEBUG=files LD_DEBUG_OUTPUT=$scratch/loaded BASH_ENV=$scratch/x \
		IFS=/ TZ=:/dev/zero LC_ALL=x $gate Win10 prepare begin - <$recipe
	same "row 45: prepare did its job" "0000:01:00.0 vfio-pci" "$(driver_of 0000:01:00.0)"
	env PATH=$scratch/bin LD_DEBUG=files LD_DEBUG_OUTPUT=$scratch/loaded BASH_ENV=$scratch/x \
		IFS=/ TZ=:/dev/zero LC_ALL=x $gate Win10 release end - <$recipe
	same "row 45: the two hooks got the environment, none of their children did" 2 \
		"$(find $scratch -name 'loaded.*' | wc -l)"
	same "row 45: no program was found by PATH" "No such file or directory" \
		"$(cat $scratch/run 2>&1 | sed 's/.*: //')"
	as_before "row 45: the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : second_copy_of_the_hook
second_copy_of_the_hook() {
	local before after old=$gate.dpkg-old
	before=$(machine)
	cp -P $gate $old
	prepare Win10 <$recipe
	after=$(machine)
	same "row 44: prepare of the copy" "status 0" "$(answer $old Win10 prepare begin - <$recipe)"
	same "row 44: changes nothing more" "$after" "$(machine)"
	same "row 44: release" "status 0" "$(answer release Win10 <$recipe)"
	as_before "row 44: gives all back" "$before"
	same "row 44: release of the copy" "status 0" "$(answer $old Win10 release end - <$recipe)"
	as_before "row 44: the machine is as before" "$before"
}
