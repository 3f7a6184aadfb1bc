# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2016,SC2119
# gpu-handoff boot at a terminal: it shows that images are being made, what their generator prints
# stays readable, and Ctrl-C takes everything back.
. tests/scenarios/boot-lib.sh
. tests/scenarios/terminal-lib.sh

written="/etc/modprobe.d/gpu-handoff.conf written
/etc/modules-load.d/gpu-handoff.conf written"
making="$written
making images with update-initramfs"
interrupted="gpu-handoff-boot: /usr/sbin/update-initramfs was ended by a signal to this program; all files are as \
before; to do it after all run gpu-handoff boot"
line="<return>update-initramfs is at work, N s<clear>"
wiped="<return><clear>"

# everything that apply and a generator may change
host() {
	etc
	ls -lA /boot
	sha256sum /boot/*
	ls -A /var/tmp
	state
}

# A folder of its own for what a generator leaves behind.
own_tmp() {
	mount -t tmpfs tmpfs /var/tmp
}

# The generator prints its first line, says that it has begun, and goes on when it is told so.
slowly() { # slowly [COMMANDS]: before it says that it has begun
	rm -f /run/begun /run/go
	mkfifo /run/begun /run/go
	echo "echo 'Generating an image'; ${1:-:}
echo >/run/begun; read -r _ </run/go" >/run/update-initramfs
}

begun() {
	read -r -t 60 _ </run/begun || echo "not ok the generator was not started"
}

#: r720 : shows_that_it_works
shows_that_it_works() {
	local coloured=$'\e[1mto a terminal\e[0m'
	boot_conf
	with_initramfs_tools
	slowly 'if [ -t 1 ] && [ -t 2 ]; then printf "\e[1mto a terminal\e[0m\n"; fi'
	echo 'echo second >&2; printf "no end"' >>/run/update-initramfs
	on_terminal "gpu-handoff-boot apply"
	begun
	until_shown "update-initramfs is at work"
	echo >/run/go
	same "apply" "$making
Generating an image
$coloured
$line${wiped}second
no end
$next_boot
status 0" "$(ended)"
	on_terminal "gpu-handoff-boot remove"
	begun
	until_shown "update-initramfs is at work"
	echo >/run/go
	same "remove" "${making//written/removed}
Generating an image
$coloured
$line${wiped}second
no end
$next_boot
status 0" "$(ended)"
}

#: r720 : which_image
which_image() {
	local image=/boot/efi/0123456789abcdef0123456789abcdef/$kernel/initrd
	boot_conf
	with_dracut
	echo 0123456789abcdef0123456789abcdef >/etc/machine-id
	mkdir -p "${image%/*}"
	echo old >"$image"
	rm -f /run/begun /run/go
	mkfifo /run/begun /run/go
	echo 'echo >/run/begun; read -r _ </run/go' >/run/dracut
	on_terminal "gpu-handoff-boot apply"
	begun
	until_shown "1 of 2"
	echo >/run/go
	begun
	until_shown "2 of 2"
	echo >/run/go
	same "of several" "$written
/etc/dracut.conf.d/gpu-handoff.conf written
making /boot/initramfs-$kernel.img with dracut
<return>dracut is at work on image 1 of 2, N s<clear>${wiped}making $image with dracut
<return>dracut is at work on image 2 of 2, N s<clear>$wiped$next_boot
status 0" "$(ended)"
}

# A generator that lasts longer than it takes until the first line is shown.
lasting() {
	mkfifo /run/never
	echo 'echo "Generating an image"; [ ! -t 1 ] || echo "out to a terminal"; [ ! -t 2 ] || echo "err to a terminal"
read -r -t 1.2 _ <>/run/never' >/run/update-initramfs
}

#: r720 : elsewhere
elsewhere() {
	local plain="$making
Generating an image"
	boot_conf
	with_initramfs_tools
	lasting
	same "no terminal" "status 0
$plain
$next_boot" "$(boot apply)"
	on_terminal "gpu-handoff-boot remove 2>$scratch/log"
	same "stderr is a file" "${plain//written/removed}
out to a terminal
$next_boot
status 0" "$(ended)"
	same "with nothing in it" "" "$(cat "$scratch/log")"
	on_terminal "env TERM=dumb gpu-handoff-boot apply"
	same "a terminal that cannot go back" "$plain
out to a terminal
err to a terminal
$next_boot
status 0" "$(ended)"
	on_terminal "gpu-handoff-boot remove | cat"
	same "stdout is a pipe" "${plain//written/removed}
err to a terminal
$next_boot
status 0" "$(ended)"
	on_terminal "gpu-handoff-boot apply >$scratch/log"
	same "stdout is a file: the terminal shows it alone" "$line${wiped}status 0" "$(ended)"
	same "which has the rest" "$plain
err to a terminal
$next_boot" "$(cat "$scratch/log")"
}

#: r720 : ctrl_c
ctrl_c() {
	local before
	own_tmp
	boot_conf
	with_initramfs_tools
	before=$(host)
	slowly 'printf "half of a line"'
	on_terminal "gpu-handoff-boot apply"
	begun
	until_shown "half of a line"
	press '\x03'
	same "row 38: Ctrl-C" "$making
Generating an image
half of a line^C
$interrupted apply
status 1" "$(ended)"
	same "row 38: all is as before" "$before" "$(host)"
	slowly
	on_terminal "gpu-handoff-boot apply"
	begun
	until_shown "update-initramfs is at work"
	press '\x03'
	same "row 38: Ctrl-C behind the line" "$making
Generating an image
$line^C$wiped$interrupted apply
status 1" "$(ended | sed 's/<return>update-initramfs is being ended, N s<clear>//')"
	same "row 38: all is as before then" "$before" "$(host)"
	rm /run/update-initramfs
	boot apply >/dev/null
	before=$(host)
	slowly
	on_terminal "gpu-handoff-boot remove"
	begun
	until_shown "Generating an image"
	press '\x03'
	same "row 38: Ctrl-C in remove" "${making//written/removed}
Generating an image
^C$interrupted remove
status 1" "$(ended | sed 's/<return>update-initramfs is [^<]*<clear>//g; s/<return><clear>//')"
	same "row 38: and all is still there" "$before" "$(host)"
}

#: r720 : ctrl_c_and_what_cleans_up
ctrl_c_and_what_cleans_up() {
	local before
	own_tmp
	boot_conf
	with_initramfs_tools
	before=$(host)
	slowly
	# as update-initramfs and mkinitramfs do it: the first has no trap, the second cleans up its own
	tool /usr/sbin/mkinitramfs <<'END_OF_TOOL'
clean() {
	echo >/run/cleaning
	read -r _ </run/go
	rm -r /var/tmp/mkinitramfs_1
	exit 1
}
trap clean TERM
mkdir /var/tmp/mkinitramfs_1
echo half >"$1"
echo >/run/begun
while :; do
	sleep 60 &
	wait $!
done
END_OF_TOOL
	rm /run/update-initramfs
	tool /usr/sbin/update-initramfs <<<"image=/boot/initrd.img-$kernel
ln \$image \$image.dpkg-bak
/usr/sbin/mkinitramfs \$image.new
rm -f \$image.new"
	mkfifo /run/cleaning
	on_terminal "gpu-handoff-boot apply"
	begun
	press '\x03'
	read -r -t 60 _ </run/cleaning || echo "not ok mkinitramfs does not clean up"
	until_shown "being ended"
	echo >/run/go
	same "row 38: what cleans up is waited for" "$making
^C<return>update-initramfs is being ended, N s<clear>$wiped$interrupted apply
status 1" "$(ended | sed 's/<return>update-initramfs is at work, N s<clear>//')"
	same "row 38: nothing is left" "$before" "$(host)"
	echo half >"/boot/initrd.img-$kernel.new"
	before=$(host)
	on_terminal "gpu-handoff-boot apply"
	begun
	press '\x03'
	read -r -t 60 _ </run/cleaning
	echo >/run/go
	ended >/dev/null
	same "row 38: but what was there is" "$before" "$(host)"
}

#: r720 : ctrl_c_while_the_old_image_is_away
ctrl_c_while_the_old_image_is_away() {
	local before
	own_tmp
	boot_conf
	with_initramfs_tools
	before=$(host)
	slowly
	tool /usr/sbin/update-initramfs <<<"image=/boot/initrd.img-$kernel # not by mkinitramfs
echo new >\$image.new
mv \$image \$image.dpkg-bak
. /run/slowly
mv \$image.new \$image"
	mv /run/update-initramfs /run/slowly
	on_terminal "gpu-handoff-boot apply"
	begun
	press '\x03'
	ended >/dev/null
	same "row 38: the kernel has its image again" "$before" "$(host)"
}

#: r720 : ctrl_c_and_what_ignores_it
ctrl_c_and_what_ignores_it() {
	local before
	own_tmp
	boot_conf
	with_initramfs_tools
	before=$(host)
	slowly "trap '' INT TERM HUP"
	echo 'while :; do read -r _ </run/go; done' >>/run/update-initramfs
	on_terminal "gpu-handoff-boot apply"
	begun
	until_shown "Generating an image"
	press '\x03'
	same "row 38: a generator that does not end is killed" "$making
Generating an image
^C<return>update-initramfs is being ended, N s<clear>$wiped$interrupted apply
status 1" "$(ended | sed 's/<return>update-initramfs is at work, N s<clear>//')"
	same "row 38: all is as before it" "$before" "$(host)"
}

#: r720 --builtin kvm : ctrl_c_in_grubby
ctrl_c_in_grubby() {
	boot_conf
	with_grubby
	slowly
	echo 'case $* in
*--args=*)
	echo "ro quiet kvm.ignore_msrs=1" >/boot/arguments
	echo >/run/begun
	read -r _ </run/go
	;;
esac' >/run/grubby
	on_terminal "gpu-handoff-boot apply"
	begun
	until_shown "grubby is at work"
	press '\x03'
	same "row 38: Ctrl-C while grubby runs" "<return>grubby is at work, N s<clear>^C${wiped}gpu-handoff-boot: \
/usr/sbin/grubby was ended by a signal to this program; to do it after all run gpu-handoff boot apply
status 1" "$(ended | sed '1,/^adding/d; s/<return>grubby is being ended, N s<clear>//')"
	same "row 38: it is taken back, in spite of the signal" "ro quiet" "$(cat /boot/arguments)"
	same "row 38: by grubby" "grubby --update-kernel=ALL --args=kvm.ignore_msrs=1
grubby --update-kernel=ALL --remove-args=kvm.ignore_msrs=1" "$(called | grep -v info)"
	same "row 38: and not ours any more" "" "$(state | grep argument)"
}
