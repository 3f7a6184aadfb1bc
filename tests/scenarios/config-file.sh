# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# /etc/gpu-handoff.conf: what is not right is rejected whole, and hinders nobody without a GPU.
file=/etc/gpu-handoff.conf
owner="must be a regular file of root that only root may write; run chown root: and chmod 644 on it"

# rejected NAME REASON: the file as it is now; REASON follows its name in the message
rejected() {
	same "row 31: $1" "status 1
gpu-handoff-take: $file$2" "$(answer prepare Win10 <$recipe)"
}

# text NAME REASON <FILE
text() {
	cat >$file
	chmod 644 $file
	rejected "$1" "$2"
}

# What holds whatever is wrong: BEFORE is the machine.
nobody_else() {
	as_before "row 31: nothing was changed" "$1"
	same "row 31: a guest without a host device starts" "status 0" \
		"$(guest vm $win11 | answer prepare vm)"
	same "row 31: a guest with another host device starts" "status 0" \
		"$(guest vm $win11 0000:02:00.0 | answer prepare vm)"
}

#: r720 --load vfio_pci --load kvmgt : config_that_is_no_file_of_root
config_that_is_no_file_of_root() {
	local before
	before=$(machine)
	mkdir $file
	rejected "a directory" " $owner"
	rmdir $file
	mkfifo -m 644 $file
	rejected "a pipe" " $owner"
	rm $file
	echo "[handoff]" >$scratch/conf
	ln -s $scratch/conf $file
	rejected "a symbolic link" " is a symbolic link; make it a file"
	rm $file
	conf "[handoff]"
	chmod 664 $file
	rejected "writable by its group" " $owner"
	chmod 646 $file
	rejected "writable by everybody" " $owner"
	nobody_else "$before"
	rm $file
	same "row 31: missing, it is an empty one" "status 0" "$(answer prepare Win10 <$recipe)"
	release Win10 <$recipe
	conf ""
	same "row 31: so is an empty one" "status 0" "$(answer prepare Win10 <$recipe)"
	release Win10 <$recipe
	cp conf/gpu-handoff.conf $file
	same "row 31: and the one that is shipped" "status 0" "$(answer prepare Win10 <$recipe)"
	release Win10 <$recipe
	as_before "row 31: the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : config_text_that_is_wrong
config_text_that_is_wrong() {
	local before long
	before=$(machine)
	printf -v long '%300s' ""
	text "10 MB" " cannot be read: it is larger than 64 KiB" < <(head -c 10M /dev/zero | tr '\0' '#')
	text "a NUL" ", line 2: a NUL byte; this is not a text file" < <(printf '[handoff]\nbusy\0=wait\n')
	text "no UTF-8" ", line 1: not UTF-8; save the file as UTF-8" < <(printf '# \xe4\n')
	text "UTF-16" ", line 1: not UTF-8; save the file as UTF-8" < <(printf '\xff\xfe[\0h\0')
	text "a byte order mark" ", line 1: begins with a byte order mark; save the file without it" \
		< <(printf '\xef\xbb\xbf[handoff]\n')
	text "Windows line ends" ", line 1: a carriage return; save the file with Unix line ends" \
		< <(printf '[handoff]\r\nbusy = wait\r\n')
	text "a long line" ", line 3: longer than 190 bytes; break it (a list setting may repeat)" \
		< <(printf '[handoff]\n\nstop-units = %s\n' "${long// /x}")
	text "a section without end" ", line 2: the section's name does not end in ]" \
		< <(printf '# comment\n[handoff\nbusy = wait\n')
	text "a setting twice" ", line 3: busy is set before in this section; keep one" \
		< <(printf '[handoff]\nbusy = wait\nbusy = wait\n')
	text "a section twice" ", line 2: a second [handoff]; put its settings into the first" \
		< <(printf '[handoff]\n[handoff]\n')
	text "an unknown setting" ", line 2: unknown setting bussy; see gpu-handoff.conf(5)" \
		< <(printf '[handoff]\nbussy = wait\n')
	text "an unknown section" ", line 1: unknown section [hand-off]; there are handoff, guest, vgpu, gpu and boot" \
		< <(printf '[hand-off]\nbusy = wait\n')
	text "a setting of another section" \
		", line 2: busy is no setting of [vgpu]; see gpu-handoff.conf(5)" \
		< <(printf '[vgpu]\nbusy = wait\n')
	text "an indented line" \
		", line 3: begins with a blank; begin sections and settings at the margin" \
		< <(printf '[handoff]\nstop-units = a.service\n b.service\n')
	text "no section" ", line 1: busy stands before the first section; begin with [handoff]" \
		< <(printf 'busy = wait\n')
	text "a wrong value" ", line 2: busy = maybe is not right; write refuse or wait" \
		< <(printf '[handoff]\nbusy = maybe\n')
	text "no value" ", line 2: busy =  is not right; write refuse or wait" < <(printf '[handoff]\nbusy =\n')
	text "a comment behind a value" \
		", line 2: text after the value; a comment stands on a line of its own" \
		< <(printf '[handoff]\nbusy = wait # for it\n')
	text "the last line of many" ", line 801: neither [SECTION] nor SETTING = VALUE" \
		< <(printf '# %s\n' {1..800} && echo nonsense)
	nobody_else "$before"
}

#: r720 --load vfio_pci --load kvmgt : config_broken_while_the_guest_runs
config_broken_while_the_guest_runs() {
	local before broken
	before=$(machine)
	for broken in text directory pipe; do
		rm -rf $file
		prepare Win10 <$recipe
		case $broken in
		text) conf "nonsense" ;;
		directory) mkdir $file ;;
		pipe) mkfifo $file ;;
		esac
		same "row 31: release with a $broken for a configuration" "status 0" \
			"$(answer release Win10 <$recipe)"
		as_before "row 31: gives all back" "$before"
		same "row 31: and so does give-back" "status 0" "$(answer gpu-handoff give-back --all)"
	done
}
