# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# /run/gpu-handoff: damaged, forged, full, read-only. What stands there is done as root.
run=/run/gpu-handoff
undo=$run/$win10.undo

#: r720 --load vfio_pci --load kvmgt : undo_file_cut_at_every_byte
undo_file_cut_at_every_byte() {
	local whole part head n lines expected got bad=0
	prepare Win10 <$recipe
	whole=$(cat $undo)$'\n'
	head="# guest $win10 Win10"
	for ((n = 0; n < ${#whole}; n++)); do
		part=${whole:0:n}
		printf %s "$part" >$undo
		got=$(gpu-handoff-give-back --plan --all 2>&1)
		# what has its newline ran; the head's four lines are no steps
		lines=${part//[^$'\n']/} expected=
		[ ${#lines} -ge 2 ] && expected=$head || expected="# guest $win10 "
		if [ ${#lines} -gt 4 ]; then
			part=${part%$'\n'*}
			expected+=$'\n'$(tail -n +5 <<<"$part" | tac)
		fi
		[ "$got" = "$expected" ] || {
			bad=$((bad + 1))
			echo "  cut at $n: $got"
		}
	done
	same "row 32: cut at each of its bytes, its whole lines count" 0 $bad
	same "row 32: that was a file of fourteen lines" 14 "$(wc -l <<<"${whole%$'\n'}")"
	printf %s "${whole}driver 0000:03:00.0 vfio-pci/vfio-pci nv" >$undo
	same "row 32: a last line without end never ran" "status 0" "$(answer release Win10 <$recipe)"
	same "row 32: its device was left alone" "0000:03:00.0 nvme" "$(driver_of 0000:03:00.0)"
	same "row 32: the file is done with" "" "$(undo_files)"
}

#: r720 --load vfio_pci --load kvmgt : head_that_was_not_finished
head_that_was_not_finished() {
	local before
	before=$(machine)
	mkdir -m 700 $run
	printf 'gpu-handoff 1\nguest %s W' $win10 >$undo
	same "row 32: killed while it wrote the head, then the next start" "status 0" \
		"$(answer prepare Win10 <$recipe)"
	same "row 32: and its release" "status 0" "$(answer release Win10 <$recipe)"
	as_before "row 32: the machine is as before" "$before"
	: >$undo
	same "row 32: an empty file goes when stale ones do" "status 0" \
		"$(answer gpu-handoff give-back --stale)"
	as_before "row 32: it is gone" "$before"
}

# refuses NAME REASON: the recipe's file as it is now hinders its guest and another's, and nothing
# is done
refuses() {
	local before
	before=$(machine)
	same "$1: prepare" "status 1
gpu-handoff-take: $2" "$(answer prepare Win10 <$recipe)"
	same "$1: prepare of another guest" "status 1
gpu-handoff-take: $2" "$(guest vm $win11 $vgpu | answer prepare vm | uniq)"
	same "$1: release" "status 1
gpu-handoff-give-back: $2" "$(answer release Win10 <$recipe)"
	as_before "$1: nothing was done" "$before"
}

#: r720 --load vfio_pci --load kvmgt : undo_file_of_others
undo_file_of_others() {
	local before advice
	advice="is not root's own or others may write it; nothing was done: remove it if you do not know it"
	before=$(machine)
	prepare Win10 <$recipe
	chmod 666 $undo
	refuses "row 32: everybody may write it" "$undo $advice"
	chmod 600 $undo
	ln $undo $run/second
	refuses "row 32: it has a second name" "$undo $advice"
	rm $run/second
	mv $undo $run/real
	ln -s $run/real $undo
	refuses "row 32: it is a symbolic link" "$undo is a symbolic link; nothing was done: remove it"
	rm $undo
	mkdir $undo
	refuses "row 32: it is a directory" "$undo cannot be opened: Is a directory"
	rmdir $undo
	mkfifo -m 600 $undo
	same "row 32: it is a pipe" "status 1
gpu-handoff-take: $undo $advice" "$(answer prepare Win10 <$recipe)"
	rm $undo
	mv $run/real $undo
	same "row 32: with the real one all goes back" "status 0" "$(answer release Win10 <$recipe)"
	as_before "row 32: the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : undo_file_that_is_not_ours
undo_file_that_is_not_ours() {
	local before line
	before=$(machine)
	prepare Win10 <$recipe
	cp $undo $scratch/whole
	sed -i 's/^gpu-handoff 1/gpu-handoff 2/' $undo
	refuses "row 32: another version" "$undo is of another version of gpu-handoff; install that \
again and run gpu-handoff give-back $win10"
	for line in "driver ../../../etc vfio-pci/vfio-pci nvidia/-" "unit -rf inactive active" \
		"driver 0000:03:00.0 ../x/- nvme/-" "module ../x unloaded loaded" "nonsense" "" \
		"mdev x absent absent" "power 0000:01:00.0 on suspend" "file /etc/passwd a b" \
		"unit a.service inactive active more"; do
		cp $scratch/whole $undo
		echo "$line" >>$undo
		refuses "row 32: a line '$line'" "$undo, line 15: not what this program writes; nothing \
was done: correct or remove it"
	done
	sed "s/^guest $win10/guest $win11/" $scratch/whole >$undo
	refuses "row 32: it names another guest" "$undo, line 2: not what this program writes; nothing \
was done: correct or remove it"
	head -c 300000 <(yes) >$undo
	refuses "row 32: it is enormous" "$undo cannot be read: File too large"
	cp $scratch/whole $undo
	: >$run/00000000-0000-4000-8000-00000000000g.undo
	: >$run/x.undo
	same "row 32: files that have no UUID's name are none" "status 0" \
		"$(answer release Win10 <$recipe)"
	rm $run/00000000-0000-4000-8000-00000000000g.undo $run/x.undo
	as_before "row 32: the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : folder_of_others
folder_of_others() {
	local before
	before=$(machine)
	ln -s /etc $run
	same "row 32: a link to /etc" "status 1
gpu-handoff-take: $run cannot be opened: Not a directory; it must be a directory of root" \
		"$(answer prepare Win10 <$recipe)"
	rm $run
	: >$run
	same "row 32: a file" "status 1
gpu-handoff-take: $run cannot be opened: Not a directory; it must be a directory of root" \
		"$(answer prepare Win10 <$recipe)"
	rm $run
	mkdir $run
	chmod 777 $run
	same "row 32: everybody may write it" "status 1
gpu-handoff-take: $run is not root's own or others may write it; nothing was done: remove it if you \
do not know it" "$(answer prepare Win10 <$recipe)"
	rmdir $run
	as_before "row 32: nothing was changed" "$before"
	same "row 32: nothing came to /etc" "" "$(find /etc/ -maxdepth 1 -name '*.undo')"
}

#: r720 --load vfio_pci --load kvmgt : folder_is_full
folder_is_full() {
	local before
	before=$(machine)
	mkdir -m 700 $run
	mount -t tmpfs -o size=4k,nr_inodes=1,mode=700 tmpfs $run
	same "row 32: no file can be made" "status 1
gpu-handoff-take: $undo cannot be made: No space left on device; see df /run" \
		"$(answer prepare Win10 <$recipe)"
	as_before "row 32: so nothing was done" "$before"
	umount $run
	mount -t tmpfs -o size=4k,mode=700 tmpfs $run
	head -c 4096 /dev/zero >$run/filler
	same "row 32: nothing can be written into it" "status 1
gpu-handoff-take: $run cannot be written: No space left on device; see df /run" \
		"$(answer prepare Win10 <$recipe)"
	as_before "row 32: so nothing was done" "$before"
	umount $run
}

#: r720 --load vfio_pci --load kvmgt : file_is_full_half_way
file_is_full_half_way() {
	local before name
	before=$(machine)
	printf -v name '%%%.0s' {1..180}
	guest "$name" $win10 0000:01:00.0 $vgpu >$scratch/xml
	same "row 32: no room for the next line" "status 1
gpu-handoff-take: $run cannot be written: No space left on device; see df /run" \
		"$(ulimit -f 1 && answer hook x prepare begin <$scratch/xml)"
	as_before "row 32: what was begun is taken back" "$before"
}

#: r720 --load vfio_pci --load kvmgt : folder_is_read_only
folder_is_read_only() {
	local before after
	before=$(machine)
	mkdir -m 700 $run
	mount -t tmpfs -o mode=700 tmpfs $run
	mount -o remount,ro $run
	same "row 32: prepare" "status 1
gpu-handoff-take: $undo cannot be made: Read-only file system; see df /run" \
		"$(answer prepare Win10 <$recipe)"
	as_before "row 32: so nothing was done" "$before"
	mount -o remount,rw $run
	prepare Win10 <$recipe
	after=$(machine)
	mount -o remount,ro $run
	same "row 32: release" "status 1
gpu-handoff-give-back: $undo cannot be opened: Read-only file system" \
		"$(answer release Win10 <$recipe)"
	same "row 32: gives nothing back" "$after" "$(machine)"
	mount -o remount,rw $run
	same "row 32: writable again, it does" "status 0" "$(answer release Win10 <$recipe)"
	as_before "row 32: the machine is as before" "$before"
	umount $run
}

#: r720 --load vfio_pci --load kvmgt : power_cut
power_cut() {
	local before
	before=$(machine)
	same "row 3: at boot there is nothing to do" "status 0" "$(answer gpu-handoff give-back --stale)"
	as_before "row 3: and nothing is done" "$before"
}

#: r720 --load vfio_pci --load kvmgt : interrupted_calls
interrupted_calls() {
	local before event
	before=$(machine)
	for event in "*/driver_override" "*/unbind" "*/drivers_probe" "*/create" "*/power/control"; do
		tell "fail $event EINTR 1"
		same "row 35: a write to $event is interrupted" "status 0" "$(answer prepare Win10 <$recipe)"
		tell "fail $event EINTR 1"
		same "row 35: and so is one on the way back" "status 0" "$(answer release Win10 <$recipe)"
	done
	tell clear-faults
	as_before "row 35: the machine is as before" "$before"
	for event in "*/driver_override" "*/modalias" "*/class" "*/available_instances" "*/control"; do
		tell "fail-read $event EINTR 1"
		same "row 35: a read of $event is interrupted" "status 0" "$(answer prepare Win10 <$recipe)"
		tell "fail-read $event EINTR 1"
		same "row 35: and so is one on the way back" "status 0" "$(answer release Win10 <$recipe)"
	done
	tell clear-faults
	as_before "row 35: the machine is as before" "$before"
	tell "short */driver_override 3 1"
	same "row 35: a write that is taken in part" "status 1
gpu-handoff-take: 0000:01:00.0 did not go to driver vfio-pci (Input/output error; it is on no driver); see dmesg" "$(answer prepare Win10 <$recipe)"
	as_before "row 35: is a failure, and all goes back" "$before"
	tell "fail */create EAGAIN 1"
	same "row 35: try again" "status 1
gpu-handoff-take: vGPU $vgpu of type 0000:00:02.0/i915-GVTg_V5_4 could not be created: its driver is \
not ready for it; start the guest again" "$(answer prepare Win10 <$recipe)"
	as_before "row 35: all goes back" "$before"
}

#: r720 : clocks
clocks() {
	# the doctor alone compares times of files, which are of that clock; it only prints
	local printing=helpers/lib/machine/hooks.c
	same "row 34: no clock that can be set is read" "" \
		"$(grep -rnE 'CLOCK_REALTIME|gettimeofday|timespec_get|[^_a-z]time\(' hooks helpers --include=*.[ch] |
			grep -v "^$printing:")"
	same "row 34: one clock is" "helpers/lib/base/deadline.c" \
		"$(grep -rl clock_gettime hooks helpers | grep -v "^$printing$")"
}
