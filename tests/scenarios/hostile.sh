# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086,SC1078,SC1079
# XML and names that nobody should write: the right result or a clear refusal, soon and cheaply.
gate=/etc/libvirt/hooks/qemu.d/50-gpu-handoff
hook_run=/usr/sbin/gpu-handoff-qemu
milliseconds_max=1000
kilobytes_max=65536
# a sanitizer keeps what was freed, and maps of all that is not
! grep -q __asan_init /usr/sbin/gpu-handoff-take || kilobytes_max=524288

# cheap NAME WANTED OPERATION SUB-OPERATION <XML: the hook's answer, and what it took
cheap() {
	local name=$1 wanted=$2 ms kb
	shift 2
	same "$name" "$wanted" "$(answer build/laptop/peak $scratch/peak $hook_run Win10 "$@" -)"
	read -r ms kb <$scratch/peak
	if [ "$ms" -le $milliseconds_max ] && [ "$kb" -le $kilobytes_max ]; then
		echo "ok $name: within ${milliseconds_max} ms and ${kilobytes_max} kB"
	else
		echo "not ok $name: took $ms ms and $kb kB"
	fi
}

# A shell that reads our output must not get the free number 0 for its pipe.
closed() { # closed COMMAND...: without stdin
	"$@" <&-
}

refused() { # refused NAME WANTED-TEXT <XML
	cheap "row 27: prepare with $1" "status 1
$2" prepare begin
}

repeat() { # repeat TEXT COUNT
	local text
	printf -v text '%*s' "$2" ""
	echo -n "${text// /$1}"
}

with_uuid() { # the recipe's XML with TEXT after its uuid
	sed "s|</uuid>|&$1|" $recipe
}

#: r720 --load vfio_pci --load kvmgt : xml_that_is_refused
xml_that_is_refused() {
	local before advice="give what virsh dumpxml prints"
	before=$(machine)
	refused "100 MB" "gpu-handoff-qemu: the domain XML cannot be read: File too large" \
		< <(cat $recipe && head -c 100M /dev/zero)
	refused "16 MB of one comment" \
		"gpu-handoff-take: the domain XML has a tag or text of more than 4 MiB; $advice" \
		< <(cat $recipe && echo "<!--" && head -c 15M /dev/zero | tr '\0' x)
	refused "a NUL" "gpu-handoff-take: line 1 of the domain XML: not well-formed (invalid token); \
$advice" < <(printf '<hostdev\0/>'; cat $recipe)
	refused "half of the file" "gpu-handoff-take: line $(($(wc -l <$recipe) - 1)) of the domain XML: \
no element found; $advice" < <(head -n -2 $recipe)
	refused "an entity that means a billion" \
		"gpu-handoff-take: line 1 of the domain XML: a DOCTYPE, which a domain has not; remove it" \
		< <(cat tests/fuzz/corpus/domain/laughs.xml && echo "<!-- <hostdev -->")
	refused "10000 elements in each other" \
		"gpu-handoff-take: line 1 of the domain XML: elements nest deeper than 256; flatten them" \
		< <(echo -n "<domain>" && repeat "<hostdev>" 10000)
	refused "100000 attributes" \
		"gpu-handoff-take: line 1 of the domain XML: duplicate attribute; $advice" \
		< <(echo "<domain><hostdev $(repeat "a='' " 100000)/></domain>")
	refused "two uuids" \
		"gpu-handoff-take: line 3 of the domain XML: a second <uuid> of the domain; leave one" \
		< <(with_uuid "<uuid>$win11</uuid>")
	refused "two names" \
		"gpu-handoff-take: line 3 of the domain XML: a second <name> of the domain; leave one" \
		< <(with_uuid "<name>other</name>")
	refused "no uuid" "gpu-handoff-take: the domain XML has no <uuid>; add one (uuidgen)" \
		< <(sed '/<uuid>/d' $recipe)
	refused "a uuid that is a path" "gpu-handoff-take: line 1 of the domain XML: the domain's uuid \
is not one; write xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" < <(guest Win10 ../../../etc/passwd $vgpu)
	refused "a name that is no text" \
		"gpu-handoff-take: line 1 of the domain XML: not well-formed (invalid token); $advice" \
		< <(guest $'\xff\xfe' $win10 $vgpu)
	refused "UTF-16" "gpu-handoff-take: line 1 of the domain XML: not well-formed (invalid token); \
$advice" < <(guest "Win10" $win10 $vgpu | sed 's/.*/&\x00/')
	refused "an address that is octal and cannot be" "gpu-handoff-take: line 3 of the domain XML: \
the bus of a host device's source address is out of range; write hex with 0x" \
		< <(guest Win10 $win10 0000:08:00.0 | sed 's/0x08/08/')
	as_before "row 27: nothing was changed" "$before"
	same "row 27: nothing was written down" "" "$(undo_files)"
}

#: r720 --load vfio_pci --load kvmgt : xml_without_a_host_device
xml_without_a_host_device() {
	local before
	before=$(machine)
	same "row 27: prepare with stdin closed" "status 0" "$(answer closed $hook_run Win10 prepare begin -)"
	cheap "row 27: prepare with nothing on stdin" "status 0" prepare begin </dev/null
	cheap "row 27: prepare with 10 MB and no host device" "status 0" prepare begin \
		< <(head -c 10M /dev/zero | tr '\0' '<')
	cheap "row 27: a <hostdev> that is metadata" "status 0" prepare begin \
		< <(guest Win10 $win10 $vgpu | sed 's/devices>/metadata>/g')
	cheap "row 27: a <hostdev> that is a comment" "status 0" prepare begin \
		< <(guest Win10 $win10 $vgpu | sed 's/<devices>/&<!--/; s/<.devices>/-->&/')
	cheap "row 27: a <hostdev> that is text" "status 0" prepare begin \
		< <(guest Win10 $win10 $vgpu | sed 's/<devices>/&<![CDATA[/; s/<.devices>/]]>&/')
	cheap "row 27: a <hostdev> of a snapshot's domain" "status 0" prepare begin \
		< <(echo "<domain><name>Win10</name><uuid>$win10</uuid><devices/><inactive>"
			guest Win10 $win10 $vgpu
			echo "</inactive></domain>")
	as_before "row 27: nothing was changed" "$before"
}

# plan_of NAME <XML: whatever the form, the recipe's plan
plan_of() {
	same "row 27: $1" "$plan" "$(gpu-handoff take --plan)"
}

#: r720 --load vfio_pci --load kvmgt : xml_in_other_forms
xml_in_other_forms() {
	local plan
	plan=$(gpu-handoff take --plan <$recipe)
	plan_of "one function of the two named" < <(guest Win10 $win10 0000:01:00.0 $vgpu)
	plan_of "both functions named, and twice" \
		< <(guest Win10 $win10 0000:01:00.1 $vgpu 0000:01:00.0 $vgpu 0000:01:00.1)
	plan_of "tags that are wrapped" < <(sed 's/ \([a-z]*=\)/\n\t\1/g' $recipe)
	plan_of "the other quotes" < <(guest Win10 $win10 0000:01:00.0 $vgpu | tr \' \")
	plan_of "addresses without 0x" \
		< <(guest Win10 $win10 0000:01:00.0 $vgpu | sed "s/'0x0*\([0-9]\)'/'\1'/g")
	plan_of "addresses with many zeros" \
		< <(guest Win10 $win10 0000:01:00.0 $vgpu | sed "s/'0x/'0x00000/g")
	plan_of "addresses without what is zero" \
		< <(guest Win10 $win10 0000:01:00.0 $vgpu | sed "s/[a-z]*='0x0*'//g")
	plan_of "a UUID in capitals" < <(guest Win10 ${win10^^} 0000:01:00.0 ${vgpu^^})
	plan_of "a UUID between blanks" \
		< <(guest Win10 $win10 0000:01:00.0 $vgpu | sed 's|<uuid>|& \n\t|; s|</uuid>|\n&|')
	plan_of "carriage returns" < <(sed 's/$/\r/' $recipe)
	plan_of "characters by number" \
		< <(guest Win10 $win10 0000:01:00.0 $vgpu | sed "s/'pci'/'\&#112;ci'/; s/Win10/\&#x57;in10/")
	plan_of "a <hostdev> in metadata besides" \
		< <(sed 's|<devices>|<metadata><devices><hostdev/></devices></metadata>&|' $recipe)
}

#: one-gpu --load vfio_pci : bus_numbers
bus_numbers() {
	local plan bus
	conf "[handoff]" "console = release"
	plan=$(guest Win10 $win10 0000:0a:00.0 | gpu-handoff take --plan)
	same "row 27: the plan for bus 0x0a" "unit display-manager.service active inactive
console vtcon1 bound unbound
power 0000:0a:00.0 auto on
power 0000:0a:00.1 auto on
driver 0000:0a:00.0 amdgpu/- vfio-pci/vfio-pci
driver 0000:0a:00.1 snd_hda_intel/- vfio-pci/vfio-pci" "$plan"
	for bus in 0x0A 0x000a 0Xa 10 012; do
		same "row 27: bus $bus is the same" "$plan" "$(guest Win10 $win10 0000:0a:00.0 |
			sed "s/0x0a/$bus/" | gpu-handoff take --plan)"
	done
	for bus in 08 09 0a 0b 0c 0d 0x 0x100 -1 " 1" 0b1 1e1; do
		same "row 27: bus $bus is none" "status 1
gpu-handoff-take: line 3 of the domain XML: the bus of a host device's source address is out of range; \
write hex with 0x" "$(guest Win10 $win10 0000:0a:00.0 |
			sed "s/0x0a/$bus/" | answer gpu-handoff take --plan)"
	done
}

#: r720 --load vfio_pci --load kvmgt : two_vgpus
two_vgpus() {
	local before second=00000000-0000-4000-8000-000000000002
	before=$(machine)
	conf "[vgpu]" "type = i915-GVTg_V5_8"
	same "two vGPUs of one guest" "status 0" "$(guest vm $win11 $vgpu $second | answer prepare vm)"
	same "both are there" "$second
$vgpu" "$(ls /sys/bus/mdev/devices)"
	same "both go" "status 0" "$(answer release vm </dev/null)"
	as_before "the machine is as before" "$before"
}

# name_works WHAT NAME XML-NAME: start and stop, and a refusal that tells of it
name_works() {
	guest "$3" $win11 0000:01:00.0 >$scratch/xml
	same "row 26: prepare of $1" "status 0" \
		"$(answer $gate "$2" prepare begin - <$scratch/xml)"
	same "row 26: release of $1, without XML" "status 0" "$(answer closed $gate "$2" release end -)"
	as_before "row 26: $1: the machine is as before" "$before"
}

#: r720 --load vfio_pci --load kvmgt : hostile_names
hostile_names() {
	local before
	before=$(machine)
	name_works "a line feed" $'\n' "&#10;"
	name_works "a path" "../../../etc/passwd" "../../../etc/passwd"
	name_works "options" "-rf" "-rf"
	name_works "our own option" "--all" "--all"
	name_works "a percent sign" "%s%n%0a" "%s%n%0a"
	name_works "a quote and a shell's words" "'; touch /x; \$(touch /x)" \
		"&apos;; touch /x; \$(touch /x)"
	name_works "4000 bytes" "$(repeat ü 2000)" "$(repeat ü 2000)"
	name_works "other letters" $'\xe7\xaa\x93 \xe2\x80\xae' $'\xe7\xaa\x93 \xe2\x80\xae'
	same "row 26: 9000 bytes are too many" "status 1
gpu-handoff-take: line 1 of the domain XML: the domain's name is longer than 8192 bytes; shorten it" \
		"$(guest "$(repeat x 9000)" $win11 $vgpu | answer prepare x)"
	same "row 26: nothing came of them" "ls: cannot access '/x': No such file or directory" \
		"$(ls /x 2>&1)"
}

#: r720 --load vfio_pci --load kvmgt : names_in_messages
names_in_messages() {
	guest $'a&#10;b\xe2\x80\xae&#x9b;31m"' $win11 0000:01:00.0 >$scratch/xml
	prepare x <$scratch/xml
	same "row 26: it is one line in the undo file" "guest $win11 a%0Ab%E2%80%AE%C2%9B31m%22" \
		"$(undo_files | grep ^guest)"
	same "row 26: and in the refusal of the next guest" "status 1
gpu-handoff-take: 0000:01:00.0 belongs to guest a\\x0ab\\xe2\\x80\\xae\\xc2\\x9b31m\" now; stop that guest \
first, or run gpu-handoff give-back $win11 if it does not run" "$(answer prepare Win10 <$recipe)"
}

#: r720 --load vfio_pci --load kvmgt : release_without_xml
release_without_xml() {
	local before after xml
	before=$(machine)
	same "row 27: nothing to give back: closed stdin" "status 0" \
		"$(answer closed $hook_run Win10 release end -)"
	cheap "row 27: nothing to give back: 100 MB" "status 0" release end < <(head -c 100M /dev/zero)
	for xml in closed empty half NUL 100M laughs deep; do
		prepare Win10 <$recipe
		after=$(machine)
		same "row 27: $xml: the release of another name" "status 0" \
			"$(release_xml $xml | answer $hook_run Win11 release end -)"
		same "row 27: $xml: gives nothing back" "$after" "$(machine)"
		cheap "row 27: $xml: the name is enough" "status 0" release end < <(release_xml $xml)
		as_before "row 27: $xml: the machine is as before" "$before"
	done
	prepare Win10 <$recipe
	after=$(machine)
	same "a release with the UUID of another guest" "status 0" \
		"$(guest Win10 $win11 $vgpu | answer release Win10)"
	same "gives nothing back" "$after" "$(machine)"
	same "a release under another name" "status 0" "$(sed 's/Win10/new/' $recipe | answer release new)"
	as_before "gives all back: the UUID counts" "$before"
}

release_xml() {
	case $1 in
	closed | empty) ;;
	half) head -c 4000 $recipe ;;
	NUL) printf '\0' && cat $recipe ;;
	100M) head -c 100M /dev/zero ;;
	laughs) cat tests/fuzz/corpus/domain/laughs.xml ;;
	deep) repeat "<hostdev>" 10000 ;;
	esac
}
