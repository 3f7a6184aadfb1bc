# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2016
# gpu-handoff boot when something goes wrong: files come back whole, the old image stays, and what
# was cut off is known to the next run.
. tests/scenarios/boot-lib.sh

written="/etc/modprobe.d/gpu-handoff.conf written
/etc/modules-load.d/gpu-handoff.conf written"

# everything of the host that apply may change
host() {
	etc
	sha256sum /boot/* 2>/dev/null
	state
}

# fails NAME MESSAGE [PRINTED]: apply says that and changes nothing
fails() {
	local before
	before=$(host)
	same "row 38: $1" "status 1
${3:+$3
}gpu-handoff-boot: $2" "$(boot apply)"
	same "row 38: $1, and all is as before" "$before" "$(host)"
	called >/dev/null
}

# works: what has to hold once the fault is gone
works() {
	local before=$1
	same "row 38: then it works" "status 0
$making
$next_boot" "$(boot apply)"
	same "row 38: and all is right" 0 "$(boot status | sed -n 's/^status //p')"
	boot remove >/dev/null
	same "row 38: and leaves /etc as it was" "$before" "$(etc)"
	called >/dev/null
}

making="$written
making images with update-initramfs"
as_before="all files are as before"

#: r720 : generator_fails
generator_fails() {
	local before
	boot_conf "[boot]" "initramfs = dracut"
	fails "a generator that is named and missing" "initramfs=dracut in gpu-handoff.conf(5), \
but dracut is not installed; install it or change the setting"
	boot_conf
	with_initramfs_tools
	before=$(etc)
	echo "exit 3" >/run/update-initramfs
	fails "the generator fails" \
		"/usr/sbin/update-initramfs failed with exit status 3; $as_before" "$making"
	echo 'kill -9 $$' >/run/update-initramfs
	fails "the generator is killed" \
		"/usr/sbin/update-initramfs was killed by a signal; $as_before" "$making"
	echo 'exit 0' >/run/update-initramfs
	fails "the generator makes nothing" "initramfs-tools succeeded, but made no image: \
/boot/initrd.img-KERNEL is the old one; $as_before" "$making"
	chmod -x /usr/sbin/update-initramfs
	fails "the generator cannot be executed" \
		"/usr/sbin/update-initramfs cannot be run: Permission denied; $as_before" "$making"
	chmod +x /usr/sbin/update-initramfs
	echo '#!/nowhere' >/usr/sbin/update-initramfs
	fails "its interpreter is missing" \
		"/usr/sbin/update-initramfs cannot be run: No such file or directory; $as_before" "$making"
	rm -f /run/update-initramfs
	with_initramfs_tools
	works "$before"

	# what was there comes back as it was, not newer than the image
	boot apply >/dev/null
	before=$(touched | grep "$modprobe" | cut -d' ' -f2)
	conf "[vgpu $vgpu]"
	echo "exit 3" >/run/update-initramfs
	boot apply >/dev/null
	same "row 38: an older text comes back" "$modprobe_text" "$(cat $modprobe)"
	same "row 38: as old as it was" "$before" "$(touched | grep "$modprobe" | cut -d' ' -f2)"
	boot_conf
	rm /run/update-initramfs
	same "row 38: so the image is right" "status 0
nothing to do" "$(boot apply)"

	echo 'image /boot/initrd.img-*; exit 3' >/run/update-initramfs
	conf "[vgpu $vgpu]"
	same "row 38: it fails after an image" "gpu-handoff-boot: /usr/sbin/update-initramfs failed with \
exit status 3; $as_before, but some images are new already: run it again" "$(boot apply | tail -n 1)"
	boot_conf
	same "row 38: status knows" "images (initramfs-tools): cut off: files were changed, but the \
images were not made (run gpu-handoff boot apply)" "$(boot status | grep '^images')"
	rm /run/update-initramfs
	same "row 38: the next one makes it" "status 0
making images with update-initramfs
$next_boot" "$(boot apply)"
	same "row 38: of what is there" "$modprobe_text" "$(cat "/boot/initrd.img-$kernel")"
}

#: r720 : removal_fails
removal_fails() {
	local before
	boot_conf
	with_initramfs_tools
	boot apply >/dev/null
	before=$(host)
	echo "exit 3" >/run/update-initramfs
	same "row 38: the generator fails at remove" "status 1
/etc/modprobe.d/gpu-handoff.conf removed
/etc/modules-load.d/gpu-handoff.conf removed
making images with update-initramfs
gpu-handoff-boot: /usr/sbin/update-initramfs failed with exit status 3; $as_before" "$(boot remove)"
	same "row 38: and all is as before" "$before" "$(host)"
	same "row 38: and right" 0 "$(boot status | sed -n 's/^status //p')"
	rm /run/update-initramfs
	echo nonsense >/etc/gpu-handoff.conf
	same "row 38: remove needs no configuration" "status 0
gpu-handoff-boot: /etc/gpu-handoff.conf, line 1: neither [SECTION] nor SETTING = VALUE; it is not \
needed for this
/etc/modprobe.d/gpu-handoff.conf removed
/etc/modules-load.d/gpu-handoff.conf removed
making images with update-initramfs
$next_boot" "$(boot remove)"
}

#: r720 : putting_back_fails
putting_back_fails() {
	local before directory=/etc/modules-load.d
	boot_conf
	with_initramfs_tools
	before=$(etc)
	echo "mount --bind $directory $directory; mount -o remount,bind,ro $directory; exit 3" \
		>/run/update-initramfs
	same "row 38: read-only since the files were written" "status 1
$making
gpu-handoff-boot: $directory/gpu-handoff.conf cannot be removed: Read-only file system
gpu-handoff-boot: /usr/sbin/update-initramfs failed with exit status 3; not all files could be put back: \
mend that and run it again" \
		"$(boot apply)"
	umount $directory
	rm /run/update-initramfs
	same "row 38: remove ends it" "status 0
$directory/gpu-handoff.conf removed
making images with update-initramfs
$next_boot" "$(boot remove)"
	same "row 38: with the directory" "$before" "$(etc)"
}

# fill DIRECTORY: a file system that is full but for N KiB
fill() {
	mount -t tmpfs -o size=64k,mode=755 tmpfs "$1"
	head -c "$((64 - $2))K" /dev/zero >"$1/other"
}

#: r720 : no_space
no_space() {
	local before full="/boot has only 0 MiB free: remove a kernel that you do not need"
	boot_conf
	before=$(etc)
	fill /boot 4
	with_initramfs_tools
	fails "ENOSPC on /boot" "/usr/sbin/update-initramfs failed with exit status 1; $full; $as_before" \
		"$making"
	rm /boot/other
	works "$before"
	umount /boot
	rm /usr/sbin/update-initramfs
	fill /boot 4
	with_dracut
	fails "ENOSPC on /boot with dracut" "/usr/bin/dracut failed with exit status 1; $full; $as_before" \
		"$written
/etc/dracut.conf.d/gpu-handoff.conf written
making /boot/initramfs-KERNEL.img with dracut"
	same "row 38: nothing of it stays" "initramfs-$kernel.img
other" "$(ls -A /boot)"
	umount /boot
	fill /etc/modprobe.d 0
	fails "no space for our first file" \
		"$modprobe cannot be written: No space left on device; $as_before"
	umount /etc/modprobe.d
	mkdir /etc/modules-load.d
	fill /etc/modules-load.d 0
	fails "no space for our second file" "/etc/modules-load.d/gpu-handoff.conf cannot be written: \
No space left on device; $as_before" "/etc/modprobe.d/gpu-handoff.conf written"
	umount /etc/modules-load.d

	fill /var/lib/gpu-handoff 0
	fails "no space for the state" \
		"/var/lib/gpu-handoff/boot cannot be written: No space left on device"
}

#: r720 : read_only
read_only() {
	boot_conf
	with_initramfs_tools
	mount --bind /etc /etc
	mount -o remount,bind,ro /etc
	fails "/etc is read-only" "$modprobe cannot be written: Read-only file system; $as_before"
	umount /etc
	mount --bind /var/lib /var/lib
	mount -o remount,bind,ro /var/lib
	fails "/var/lib is read-only" "/var/lib/gpu-handoff/boot cannot be written: Read-only file system"
}

# The stand-in says that it has begun, and goes on when it is told so.
slowly() {
	mkfifo /run/begun /run/go
	echo 'echo >/run/begun; read -r _ </run/go' >/run/update-initramfs
}

begun() {
	read -r -t 60 _ </run/begun || echo "not ok row 38: the generator was not started"
}

#: r720 : two_at_once
two_at_once() {
	boot_conf
	with_initramfs_tools
	slowly
	gpu-handoff-boot apply >"$scratch/first" 2>&1 &
	begun
	same "row 38: two at once: the second is refused" "status 1
gpu-handoff-boot: another gpu-handoff-boot, or what it runs, is still at work; wait for its end \
(fuser -v /var/lib/gpu-handoff)" "$(boot apply)"
	same "row 38: and so is remove" 1 "$(boot remove | sed -n 's/^status //p')"
	same "row 38: plan is not" 0 "$(boot plan | sed -n 's/^status //p')"
	echo >/run/go
	wait $!
	same "row 38: the first is not disturbed" "$making
$next_boot" "$(cat "$scratch/first")"
	same "row 38: and all is right" 0 "$(boot status | sed -n 's/^status //p')"
}

#: r720 : signals
signals() {
	local before signal
	boot_conf
	with_initramfs_tools
	before=$(host)
	slowly
	for signal in INT TERM HUP; do
		env --default-signal=HUP,INT gpu-handoff-boot apply >"$scratch/out" 2>&1 &
		begun
		kill -$signal $!
		wait $!
		same "row 38: SIG$signal ends it with a message" "status 1
$making
gpu-handoff-boot: /usr/sbin/update-initramfs was ended by a signal to this program; $as_before; \
to do it after all run gpu-handoff boot apply" \
			"status $?
$(cat "$scratch/out")"
		same "row 38: SIG$signal, and all is as before" "$before" "$(host)"
	done
	gpu-handoff-boot apply >"$scratch/out" 2>&1 &
	begun
	kill -INT $!
	echo >/run/go
	wait $!
	same "row 38: SIGINT, which the shell has this job ignore, does not end it" "status 0
$making
$next_boot" "status $?
$(cat "$scratch/out")"
}

#: r720 : killed_while_images_are_made
killed_while_images_are_made() {
	local before pid
	boot_conf
	with_initramfs_tools
	before=$(etc)
	slowly
	gpu-handoff-boot apply >"$scratch/out" 2>&1 &
	pid=$!
	begun
	kill -KILL $pid
	wait $pid 2>/dev/null
	same "row 38: SIGKILL: status knows" "status 1
$modprobe: up to date
/etc/modules-load.d/gpu-handoff.conf: up to date
now 0000:01:00.0 is on nvidia and not on vfio-pci
now 0000:01:00.1 is on snd_hda_intel and not on vfio-pci
images (initramfs-tools): cut off: files were changed, but the images were not made (run \
gpu-handoff boot apply)
kernel arguments: none is needed" "$(boot status)"
	same "row 38: the generator goes on, so nobody starts another" 1 \
		"$(boot apply | sed -n 's/^status //p')"
	rm /run/update-initramfs
	# all that have its lock have ended when nobody has its descriptor
	exec 9</var/lib/gpu-handoff
	echo >/run/go
	flock -w 60 9
	exec 9<&-
	same "row 38: its end does not count" 1 "$(boot status | sed -n 's/^status //p')"
	same "row 38: apply makes them" "status 0
making images with update-initramfs
$next_boot" "$(boot apply)"
	same "row 38: and all is right" 0 "$(boot status | sed -n 's/^status //p')"
	boot remove >/dev/null
	same "row 38: and leaves /etc as it was" "$before" "$(etc)"
}

# The harm of tests/laptop/inject at every call that changes something, until there is none.
sweep() { # sweep MODE THEN [VERB]: THEN is called after each with the number; all is applied before remove
	local n status verb=${3:-apply}
	for ((n = 1; n < 500; n++)); do
		status=0
		[ "$verb" = apply ] || boot apply >/dev/null
		# shellcheck disable=SC2086
		build/laptop/inject ${1/N/$n} /usr/sbin/gpu-handoff-boot $verb >/dev/null 2>&1 || status=$?
		[ $status -ne 125 ] || break
		"$2" $n $status
	done
	boot remove >/dev/null
	if [ $n -gt 20 ]; then
		echo "note row 38: $verb: ${1/ N/} at $((n - 1)) calls"
	else
		wrong+="only $n calls were found"
	fi
}

# ends: apply ends what was cut off, and remove leaves nothing
ends() {
	local now
	now=$(boot apply >/dev/null; boot status; files; cat "/boot/initrd.img-$kernel"; ls -A /boot)
	[ "$now" = "$right" ] || wrong+="apply after $1: $now
"
	now=$(boot remove >/dev/null; host)
	[ "$now" = "$before" ] || wrong+="remove after $1: $now
"
}

# goes: remove alone does so too
goes() {
	local now
	now=$(boot remove >/dev/null; host)
	[ "$now" = "$before" ] || wrong+="remove after $1: $now
"
}

# holds: after a failure all is as before; or right, if only what is said of it was not written
holds() {
	local now
	now=$(etc)
	[ "$2" -eq 0 ] || [ "$now" = "$etc" ] || [ "$now" = "$etc_right" ] || wrong+="failure $1: $now
"
	ends "$1"
}

#: r720 : killed_everywhere
killed_everywhere() {
	local before etc etc_right right wrong=""
	boot_conf
	with_initramfs_tools
	boot remove >/dev/null
	boot apply >/dev/null
	right=$(boot status; files; cat "/boot/initrd.img-$kernel"; ls -A /boot)
	etc_right=$(etc)
	boot remove >/dev/null
	before=$(host)
	etc=$(etc)
	sweep "kill-entry N" ends
	sweep "kill-all-exit N" goes
	sweep "error N 28" holds
	same "row 38: killed, or out of space, at any call" "" "$wrong"
}

# stays: after a remove that failed all is right still, or gone if only what is said of it was not written
stays() {
	local now
	now=$(files)
	[ "$2" -eq 0 ] || [ -z "$now" ] || [ "$now" = "$right" ] || wrong+="failure $1: $now
"
	goes "$1"
}

#: r720 : killed_while_removing
killed_while_removing() {
	local before right wrong=""
	boot_conf
	with_initramfs_tools
	boot remove >/dev/null
	before=$(boot apply >/dev/null; boot remove >/dev/null; host)
	right=$(boot apply >/dev/null; files)
	sweep "kill-exit N" goes remove
	sweep "error N 28" stays remove
	same "row 38: removing is killed, or out of space, at any call" "" "$wrong"
}

# refused NAME MESSAGE: apply does nothing
refused() {
	local before
	before=$(host)
	same "row 39: $1" "status 1
gpu-handoff-boot: $modprobe was not written by gpu-handoff-boot (its first line says so where it \
was); give it another name, or remove it, and try again" "$(boot apply)"
	same "row 39: $1, and nothing is changed" "$before" "$(host)"
	same "row 39: $1: plan says so" 1 "$(boot plan | sed -n 's/^status //p')"
	same "row 39: $1: status says so" "$modprobe: not ours" "$(boot status | grep "^$modprobe")"
	same "row 39: $1: remove leaves it" "status 0
nothing to do" "$(boot remove)"
	same "row 39: $1, and nothing is changed" "$before" "$(host)"
	same "row 39: nothing was run" "" "$(called)"
}

#: r720 : file_of_others
file_of_others() {
	boot_conf
	with_initramfs_tools
	echo "options nvidia NVreg_UsePageAttributeTable=1" >$modprobe
	refused "the administrator's file"
	printf '\n%s\n' "$modprobe_text" >$modprobe
	refused "a file that does not begin with our line"
	printf '%s ' "$head" >$modprobe
	refused "a file whose first line is longer"
	: >$modprobe
	refused "an empty file"
	rm $modprobe
	echo "$modprobe_text" >/etc/modprobe.d/mine.conf
	ln -s mine.conf $modprobe
	refused "a symbolic link"
	rm $modprobe /etc/modprobe.d/mine.conf
	mkdir $modprobe
	refused "a directory"
	rmdir $modprobe
	conf ""
	echo "options nvidia NVreg_UsePageAttributeTable=1" >$modprobe
	same "row 39: the administrator's file where none is wanted" "status 0
nothing to do" "$(boot apply)"
}

#: r720 : file_of_ours_that_was_edited
file_of_ours_that_was_edited() {
	local before
	boot_conf
	with_initramfs_tools
	before=$(etc)
	boot apply >/dev/null
	called >/dev/null
	sed -i 's/^options kvm/#&/' $modprobe
	same "row 39: edited" "$modprobe: differs (run gpu-handoff boot apply)" \
		"$(boot status | grep "^$modprobe")"
	same "row 39: plan shows it" "status 0
--- $modprobe
+++ $modprobe
@@ -6,4 +6,4 @@
 softdep snd_hda_intel pre: vfio-pci
 # For vGPUs, and for guests that read unknown registers.
 options i915 enable_gvt=1
-#options kvm ignore_msrs=1
+options kvm ignore_msrs=1
run: /usr/sbin/update-initramfs -u -k all" "$(boot plan)"
	same "row 39: apply replaces it" "status 0
$modprobe written
making images with update-initramfs
$next_boot" "$(boot apply)"
	same "row 39: by the same bytes" "$modprobe_text" "$(cat $modprobe)"
	printf '%s\nblacklist nouveau\n' "$head" >$modprobe
	printf '%s\nkvmgt\nmdev\n' "$head" >/etc/modules-load.d/gpu-handoff.conf
	same "row 39: of an older version" "status 0
$making
$next_boot" "$(boot apply)"
	same "row 39: by the same bytes" "$modprobe_text" "$(cat $modprobe)"
	echo "options vfio-pci disable_vga=1" >>$modprobe
	boot remove >/dev/null
	same "row 39: remove removes it too" "$before" "$(etc)"
	rm -f $modprobe
	boot apply >/dev/null
	rm $modprobe
	same "row 39: removed by hand" "$modprobe: missing (run gpu-handoff boot apply)" \
		"$(boot status | grep "^$modprobe")"
	same "row 39: it comes back" "status 0
$modprobe written
making images with update-initramfs
$next_boot" "$(boot apply)"
}

#: r720 : state_of_others
state_of_others() {
	boot_conf
	with_initramfs_tools
	mkdir -p /var/lib/gpu-handoff
	echo "gpu-handoff boot 2" >/var/lib/gpu-handoff/boot
	fails "a state of another version" "/var/lib/gpu-handoff/boot is of another version of \
gpu-handoff; use that one, or remove the file if you do not know it"
	rm /var/lib/gpu-handoff/boot
	ln -s /etc/passwd /var/lib/gpu-handoff/boot
	fails "a state that is a link" "/var/lib/gpu-handoff/boot cannot be read: it is no regular file"
	rm /var/lib/gpu-handoff/boot
	chmod 666 /etc/gpu-handoff.conf
	fails "a configuration that others may write" "/etc/gpu-handoff.conf must be a regular file of \
root that only root may write; run chown root: and chmod 644 on it"
	boot_conf "[boot]" "initramfs = mkinitrd"
	fails "a configuration that is not right" "/etc/gpu-handoff.conf, line 6: initramfs = mkinitrd is \
not right; write auto or initramfs-tools or dracut or mkinitcpio or booster or none"
}
