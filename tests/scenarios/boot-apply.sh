# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086,SC2016
# gpu-handoff boot: what apply writes and runs, that it does so once, and that remove leaves nothing.
. tests/scenarios/boot-lib.sh

# applied WRITTEN FILES CALLED: apply prints, writes and calls just that; once more changes nothing;
# remove prints REMOVED, calls the same again and leaves /etc as it was
applied() {
	local before now
	before=$(etc)
	same "apply" "status 0
$1
$next_boot" "$(boot apply)"
	same "the files" "$2" "$(files)"
	same "what is run" "$3" "$(called)"
	same "status: all is right" 0 "$(boot status | sed -n 's/^status //p')"
	now=$(touched)
	same "apply once more" "status 0
nothing to do" "$(boot apply)"
	same "runs nothing then" "" "$(called)"
	same "writes nothing then" "$now" "$(touched)"
	same "remove" "status 0
$(grep -v '^adding' <<<"$1" | sed -n '/^note/d; s/written$/removed/p; /^making/p')
$next_boot" "$(boot remove)"
	same "what remove runs" "$3" "$(called)"
	same "/etc is as before" "$before" "$(etc)"
	same "no state is left" "no state" "$(state)"
	same "remove once more" "status 0
nothing to do" "$(boot remove)"
	same "runs nothing then" "" "$(called)"
}

r720_written="/etc/modprobe.d/gpu-handoff.conf written
/etc/modules-load.d/gpu-handoff.conf written"
unmade="note: no initramfs generator is known here, $no_image"

#: r720 : initramfs_tools
initramfs_tools() {
	boot_conf
	with_initramfs_tools
	applied "$r720_written
making images with update-initramfs" "$(r720_files </dev/null)" "update-initramfs -u -k all"
}

#: r720 : mkinitcpio
mkinitcpio() {
	boot_conf
	with_mkinitcpio
	applied "$r720_written
/etc/mkinitcpio.conf.d/gpu-handoff.conf written
making images with mkinitcpio" "$(r720_files <<END
== /etc/mkinitcpio.conf.d/gpu-handoff.conf
$head
[ ! -e /usr/lib/initcpio/install/gpu-handoff ] || HOOKS=(gpu-handoff "\${HOOKS[@]}")
END
)" "mkinitcpio -P"
}

#: r720 : dracut
dracut() {
	boot_conf
	with_dracut
	chmod 600 /boot/initramfs-$kernel.img
	applied "$r720_written
/etc/dracut.conf.d/gpu-handoff.conf written
making /boot/initramfs-KERNEL.img with dracut" "$(r720_files <<END
== /etc/dracut.conf.d/gpu-handoff.conf
$head
[ ! -d /usr/lib/dracut/modules.d/90gpu-handoff ] || add_dracutmodules+=" gpu-handoff "
END
)" "dracut --force --kver KERNEL /boot/.initramfs-KERNEL.img.new"
	same "the image is the only one" "initramfs-$kernel.img" "$(ls -A /boot)"
	rm /boot/*
	same "without a known image dracut says where" "/boot has no image of a known name: \
look yourself whether they are new" "$(boot apply | grep '^/boot')"
	same "and is given none" "dracut --force --kver KERNEL" "$(called)"
}

#: r720 : dracut_and_boot_entries
dracut_and_boot_entries() {
	local old=5.10-removed id=0123456789abcdef0123456789abcdef image
	boot_conf
	tool /usr/bin/dracut <<<'case ${!#} in /*) image "${!#}" ;; esac'
	echo $id >/etc/machine-id
	cp -r "/lib/modules/$kernel" /lib/modules/$old
	mkdir -p /efi # of all paths only this is not the laptop's own
	mount -t tmpfs efi /efi
	for image in /lib/modules/$kernel /efi/$id/$kernel /boot/$id/$kernel /boot/efi/$id/$kernel; do
		mkdir -p $image
		echo old >$image/initrd
		boot apply >/dev/null
		same "$image" "dracut --force --kver KERNEL ${image//$kernel/KERNEL}/.initrd.new" "$(called)"
		same "$image has it" "$modprobe_text" "$(head -n 9 $image/initrd)"
		boot remove >/dev/null
		called >/dev/null
		rm $image/initrd
	done
	same "no image is known" "dracut --force --kver $old
dracut --force --kver KERNEL" "$(boot apply >/dev/null; called)"
	boot remove >/dev/null
	echo old >"/boot/initramfs-$kernel.img"
	same "modules of a kernel that was removed" \
		"note: kernel $old has no image of a known name: none is made for it" "$(boot apply | grep ^note)"
}

#: r720 : mkinitcpio_without_drop_ins
mkinitcpio_without_drop_ins() {
	local told="/etc/mkinitcpio.d/linux.preset names /etc/mkinitcpio.conf, so that mkinitcpio reads \
nothing of /etc/mkinitcpio.conf.d: take that out, or put gpu-handoff first into HOOKS of \
/etc/mkinitcpio.conf; then run mkinitcpio -P"
	boot_conf
	with_mkinitcpio
	echo 'ALL_config="/etc/mkinitcpio.conf"' >>/etc/mkinitcpio.d/linux.preset
	echo 'HOOKS=(base udev)' >/etc/mkinitcpio.conf
	same "plan tells" "note: $told" "$(boot plan | grep ^note)"
	same "apply tells" "status 1
$r720_written
/etc/mkinitcpio.conf.d/gpu-handoff.conf written
making images with mkinitcpio
gpu-handoff-boot: $told" "$(boot apply)"
	same "status tells" "status 1
$told" "$(boot status | sed -n '1p; $p')"
	echo 'HOOKS=(gpu-handoff base udev)' >/etc/mkinitcpio.conf
	same "the hook is there" "status 0
nothing to do" "$(boot apply)"
	echo 'HOOKS=(base udev)' >/etc/mkinitcpio.conf
	sed -i s/^ALL_config/#\&/ /etc/mkinitcpio.d/linux.preset
	same "no configuration is named" "status 0
nothing to do" "$(boot apply)"
	echo "default_config='/etc/mkinitcpio.conf'" >>/etc/mkinitcpio.d/linux.preset
	conf "[vgpu $vgpu]"
	same "no GPU is reserved" 0 "$(boot apply | sed -n 's/^status //p')"
}

#: r720 : booster
booster() {
	boot_conf
	with_booster
	applied "$r720_written
/etc/booster.yaml written
making images with regenerate_images" "$(r720_files <<END
== /etc/booster.yaml
$head
modules_force_load: vfio_pci,vfio,vfio_iommu_type1
END
)" "regenerate_images"
	rm /usr/lib/booster/regenerate_images
	same "without its script: what to run" "status 1
$r720_written
/etc/booster.yaml written
gpu-handoff-boot: the images are older than $modprobe, and there is no \
/usr/lib/booster/regenerate_images; run booster build --force for each kernel" "$(boot apply)"
	touch /boot/booster-linux.img
	same "it was run" "status 0
nothing to do" "$(boot apply)"
}

#: r720 : booster_of_the_administrator
booster_of_the_administrator() {
	local told="gpu-handoff-boot: /etc/booster.yaml is not gpu-handoff's and is left alone; \
let it have the line modules_force_load:"
	boot_conf
	with_booster
	echo "network: {dhcp: on}" >/etc/booster.yaml
	same "the line to add" "status 1
$r720_written
making images with regenerate_images
$told vfio_pci,vfio,vfio_iommu_type1" "$(boot apply)"
	echo "modules_force_load: nvme, vfio # mine" >>/etc/booster.yaml
	same "the line to change, and a new image" "status 1
nothing to do
$told nvme,vfio,vfio_pci,vfio_iommu_type1" "$(boot apply)"
	same "status says it too" "/etc/booster.yaml: not ours" "$(boot status | grep '^/etc/booster.yaml:')"
	echo "modules_force_load: nvme,vfio,vfio_pci,vfio_iommu_type1" >/etc/booster.yaml
	same "it is there: the image is older than that" "status 0
making images with regenerate_images
$next_boot" "$(boot apply)"
	same "all is right" "status 0
nothing to do" "$(boot apply)"
	boot remove >/dev/null
	same "remove leaves it alone" "modules_force_load: nvme,vfio,vfio_pci,vfio_iommu_type1" \
		"$(cat /etc/booster.yaml)"
}

#: r720 --builtin kvm : rpm_ostree
rpm_ostree() {
	local before left="gpu-handoff-boot: run rpm-ostree initramfs --enable, then restart: this \
system was started before $modprobe was written
gpu-handoff-boot: run rpm-ostree kargs --append-if-missing=kvm.ignore_msrs=1"
	boot_conf
	before=$(etc)
	touch -d "1 hour ago" /run/ostree-booted
	with_dracut
	with_grub
	same "what to run" "status 1
$r720_written
/etc/dracut.conf.d/gpu-handoff.conf written
$left" "$(boot apply)"
	same "nothing is run" "" "$(called)"
	same "it stays to do" "status 1
nothing to do
$left" "$(boot apply)"
	touch /run/ostree-booted
	echo "quiet kvm.ignore_msrs=1" >$scratch/cmdline
	mount --bind $scratch/cmdline /proc/cmdline
	same "a restart later it is done" "status 0
nothing to do" "$(boot apply)"
	same "remove tells as well" "status 1
/etc/modprobe.d/gpu-handoff.conf removed
/etc/modules-load.d/gpu-handoff.conf removed
/etc/dracut.conf.d/gpu-handoff.conf removed
gpu-handoff-boot: run rpm-ostree initramfs --disable, or --enable again if you need it otherwise, \
then restart" "$(boot remove)"
	same "/etc is as before" "$before" "$(etc)"
}

#: r720 : after_the_restart
after_the_restart() {
	local now="now 0000:01:00.1 is on snd_hda_intel and not on vfio-pci"
	boot_conf
	with_initramfs_tools
	boot apply >/dev/null
	same "before: who has the card" "status 0
now 0000:01:00.0 is on nvidia and not on vfio-pci
$now" "$(boot status | grep -E '^(now|status)')"
	prepare Win10 <$recipe
	same "vfio-pci has it" "status 0" "$(boot status | grep -E '^(now|status)')"
	release Win10 <$recipe
	echo 0000:01:00.0 >/sys/bus/pci/devices/0000:01:00.0/driver/unbind
	same "nobody has it" "status 0
$now" "$(boot status | grep -E '^(now|status)')"
}

#: r720 : no_generator
no_generator() {
	boot_conf
	applied "$unmade
$r720_written" "$(r720_files </dev/null)" ""
	same "status says who makes images" "images: left to you (no generator is known here)" \
		"$(boot status | grep ^images)"
	with_initramfs_tools
	boot_conf "[boot]" "initramfs = none"
	applied "note: initramfs=none, $no_image
$r720_written" "$(r720_files </dev/null)" ""
	same "status says who makes images then" "images: left to you (initramfs=none)" \
		"$(boot status | grep ^images)"
}

#: r720 : several_generators
several_generators() {
	local before both="are installed; say which of them makes the initramfs: initramfs= in [boot] \
of gpu-handoff.conf(5)"
	boot_conf
	with_dracut
	with_booster
	same "dracut and booster" "status 1
gpu-handoff-boot: both dracut and booster $both" "$(boot apply)"
	with_mkinitcpio
	before=$(etc)
	same "and mkinitcpio" "status 1
gpu-handoff-boot: both dracut and mkinitcpio $both" "$(boot plan)"
	same "nothing was written" "$before" "$(etc)"
	boot_conf "[boot]" "initramfs = mkinitcpio"
	same "one is named" "making images with mkinitcpio" "$(boot apply | grep ^making)"
	boot_conf "[boot]" "initramfs = dracut"
	same "another is named: its file comes, the other's goes" "status 0
/etc/dracut.conf.d/gpu-handoff.conf written
/etc/mkinitcpio.conf.d/gpu-handoff.conf removed
making /boot/initramfs-KERNEL.img with dracut
$next_boot" "$(boot apply)"
	boot_conf
	with_initramfs_tools
	same "initramfs-tools has dracut-core beside it" "making images with update-initramfs" \
		"$(boot apply | grep ^making)"
	tool /usr/sbin/update-initramfs <<<"dracut --force"
	rm /usr/bin/mkinitcpio /usr/bin/booster
	same "an update-initramfs of dracut's" "making /boot/initramfs-KERNEL.img with dracut" \
		"$(boot apply | grep '^making.*initramfs-')"
}

#: r720 : another_root
another_root() {
	local root=$scratch/root before
	with_initramfs_tools
	mkdir -p $root/etc/default/grub.d $root/usr/sbin $root/boot $root/lib/modules $scratch/outside
	cp -r /lib/modules/$kernel $root/lib/modules
	cp /usr/sbin/{mkinitramfs,update-initramfs} $root/usr/sbin
	touch -d "1 hour ago" $root/boot/initrd.img-$kernel
	boot_conf
	mv /etc/gpu-handoff.conf $root/etc
	ln -s $scratch/outside $root/etc/modprobe.d
	before=$(etc)
	same "a link that leads out of it is not followed" "status 1
gpu-handoff-boot: $root$modprobe cannot be written: File exists; all files are as before" \
		"$(boot apply --root $root)"
	same "nothing is outside" "" "$(ls -A $scratch/outside)"
	rm $root/etc/modprobe.d
	ln -s /usr/lib/modprobe.d $root/etc/modprobe.d
	mkdir -p $root/usr/lib/modprobe.d
	same "one that leads elsewhere in it is" "status 0
$root$modprobe written
$root/etc/modules-load.d/gpu-handoff.conf written
run in $root: /usr/sbin/update-initramfs -u -k all" "$(boot --root $root apply)"
	same "the file is inside" "$modprobe_text" "$(cat $root/usr/lib/modprobe.d/gpu-handoff.conf)"
	same "nothing is run" "" "$(called)"
	same "its images stay to make" "pending" "$(grep pending $root/var/lib/gpu-handoff/boot)"
	same "status tells" "status 1
$root$modprobe: up to date
$root/etc/modules-load.d/gpu-handoff.conf: up to date
images (initramfs-tools): not made yet since files were changed
kernel arguments: none is needed" "$(boot --root $root status)"
	same "the host is as before" "$before" "$(etc)"
	same "and here nothing is to be removed" "status 0
nothing to do" "$(boot remove)"
	same "remove" "status 0
$root$modprobe removed
$root/etc/modules-load.d/gpu-handoff.conf removed
run in $root: /usr/sbin/update-initramfs -u -k all" "$(boot remove --root $root)"
	same "leaves nothing" "default
default/grub.d
gpu-handoff.conf
modprobe.d" "$(cd $root/etc && find -- * | sort)"
}

#: r720 --builtin kvm : grub_directory
grub_directory() {
	local file=/etc/default/grub.d/gpu-handoff.cfg
	boot_conf
	with_initramfs_tools
	with_grub
	applied "$r720_written
making images with update-initramfs
$file written
making GRUB's configuration with update-grub" "$(r720_files <<END
== $file
$head
GRUB_CMDLINE_LINUX_DEFAULT="\$GRUB_CMDLINE_LINUX_DEFAULT kvm.ignore_msrs=1"
END
)" "update-initramfs -u -k all
update-grub"
	rm /usr/sbin/update-grub
	same "without update-grub" "making GRUB's configuration with grub-mkconfig" \
		"$(boot apply | grep '^making G')"
	same "grub-mkconfig says where" "grub-mkconfig -o /boot/grub/grub.cfg" "$(called | tail -n 1)"
	touch -d "1 hour ago" /boot/grub/grub.cfg
	same "a configuration that is older" "kernel arguments: /boot/grub/grub.cfg is older than \
$file (run gpu-handoff boot apply)" "$(boot status | tail -n 1)"
	tool /usr/sbin/update-grub <<<"exit 3"
	same "is made anew; that fails" "status 1
making GRUB's configuration with update-grub
gpu-handoff-boot: /usr/sbin/update-grub failed with exit status 3; the kernel arguments are as before" \
		"$(boot apply)"
	conf "[gpu 10de:1c8d]" "reserve = boot" "[vgpu $vgpu]" "[boot]" "ignore-msrs = no"
	tool /usr/sbin/update-grub <<<"exit 0"
	same "the argument is no longer wanted" "$file removed
making GRUB's configuration with update-grub
$next_boot" "$(boot apply | tail -n 3)"
}

#: r720 --builtin kvm : grubby
grubby() {
	boot_conf
	with_grubby
	same "it is added" "status 0
$unmade
$r720_written
adding kernel arguments with grubby
$next_boot" "$(boot apply)"
	same "to all kernels" "ro quiet kvm.ignore_msrs=1" "$(cat /boot/arguments)"
	same "and written down" "argument kvm.ignore_msrs=1" "$(state | grep argument)"
	called >/dev/null
	same "once" "status 0
nothing to do" "$(boot apply)"
	same "with grubby asked at most" "" "$(called | grep -v info)"
	same "status" "kernel arguments: up to date" "$(boot status | tail -n 1)"
	same "remove" "status 0
/etc/modprobe.d/gpu-handoff.conf removed
/etc/modules-load.d/gpu-handoff.conf removed
taking back kernel arguments with grubby
$next_boot" "$(boot remove)"
	same "it is gone" "ro quiet" "$(cat /boot/arguments)"
	same "no state is left" "no state" "$(state)"

	echo "ro kvm.ignore_msrs=1" >/boot/arguments
	boot apply >/dev/null
	boot remove >/dev/null
	same "what stood there before stays" "ro kvm.ignore_msrs=1" "$(cat /boot/arguments)"

	echo "ro" >/boot/arguments
	echo '[ "${1#--update}" = "$1" ] || [ -e /run/failed ] || { touch /run/failed; exit 7; }' \
		>/run/grubby
	same "it fails" "gpu-handoff-boot: /usr/sbin/grubby failed with exit status 7" \
		"$(boot apply | tail -n 1)"
	same "what it may have added is taken away" "grubby --update-kernel=ALL \
--remove-args=kvm.ignore_msrs=1" "$(called | tail -n 1)"
	same "and is not written down" "" "$(state | grep argument)"
	same "status" "kernel arguments: kvm.ignore_msrs=1 is missing (run gpu-handoff boot apply)" \
		"$(boot status | tail -n 1)"
	same "the next one adds it" "status 0
$unmade
adding kernel arguments with grubby
$next_boot" "$(boot apply)"
	same "to all kernels" "ro kvm.ignore_msrs=1" "$(cat /boot/arguments)"
}

#: r720 --builtin kvm : arguments_by_hand
arguments_by_hand() {
	local add="gpu-handoff-boot: add kvm.ignore_msrs=1 to"
	boot_conf
	same "no tool" "status 1
$unmade
$r720_written
$add the kernel command line in your boot loader's configuration" "$(boot apply)"
	same "it stays to do" "status 1
nothing to do
$add the kernel command line in your boot loader's configuration" "$(boot apply)"
	mkdir -p /etc/default /boot/grub2
	touch /etc/default/grub /boot/grub2/grub.cfg
	same "GRUB that reads no directory" "$add GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub, and run \
grub2-mkconfig -o /boot/grub2/grub.cfg" "$(boot apply | tail -n 1)"
	mkdir /boot/grub
	touch /boot/grub/grub.cfg
	same "GRUB by its own name" "$add GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub, and run \
grub-mkconfig -o /boot/grub/grub.cfg" "$(boot apply | tail -n 1)"
	mkdir -p /boot/loader/entries
	same "systemd-boot" "$add the options line of each file in /boot/loader/entries" \
		"$(boot apply | tail -n 1)"
	mkdir -p /etc/kernel
	echo "root=/dev/sda1 quiet" >/etc/kernel/cmdline
	same "kernel-install" "$add /etc/kernel/cmdline, and run kernel-install for each kernel" \
		"$(boot apply | tail -n 1)"
	same "status" "status 1
kernel arguments: kvm.ignore_msrs=1 is missing" "$(boot status | grep -E '^(status|kernel)')"
	echo "root=/dev/sda1 kvm.ignore_msrs=1" >/etc/kernel/cmdline
	same "it was added" "status 0
nothing to do" "$(boot apply)"
	with_grub
	with_grubby
	rm /etc/kernel/cmdline
	boot_conf "[boot]" "kernel-arguments = print"
	same "kernel-arguments=print only prints" "status 0
nothing to do
$add the options line of each file in /boot/loader/entries" "$(boot apply)"
	same "and runs nothing" "" "$(called)"
}

#: r720 : plan_of_a_change
plan_of_a_change() {
	local before
	boot_conf
	with_initramfs_tools
	with_grub
	boot apply >/dev/null
	called >/dev/null
	conf "[vgpu $vgpu]"
	before=$(touched)
	same "plan" "status 0
--- $modprobe
+++ $modprobe
@@ -1,9 +1,4 @@
 $head
-# vfio-pci takes the reserved GPUs before the host's drivers can.
-options vfio-pci ids=10de:1c8d,10de:0fb9
-softdep nouveau pre: vfio-pci
-softdep nvidia pre: vfio-pci
-softdep snd_hda_intel pre: vfio-pci
 # For vGPUs, and for guests that read unknown registers.
 options i915 enable_gvt=1
 options kvm ignore_msrs=1
run: /usr/sbin/update-initramfs -u -k all" "$(boot plan)"
	same "changes nothing" "$before" "$(touched)"
	same "and runs nothing" "" "$(called)"
	same "status" "status 1
$modprobe: differs (run gpu-handoff boot apply)
/etc/modules-load.d/gpu-handoff.conf: up to date
images (initramfs-tools): up to date
kernel arguments: none is needed" "$(boot status)"
	conf ""
	same "what nobody wants any more goes" "status 0
/etc/modprobe.d/gpu-handoff.conf removed
/etc/modules-load.d/gpu-handoff.conf removed
making images with update-initramfs
$next_boot" "$(boot apply)"
}

#: r720 : reserved_no_more
reserved_no_more() {
	local before
	boot_conf
	with_mkinitcpio
	before=$(etc | grep -v gpu-handoff.conf)
	boot apply >/dev/null
	called >/dev/null
	conf "[gpu 10de:1c8d]" "reserve = guest"
	same "status" "status 1
$modprobe: is not wanted any more (run gpu-handoff boot apply)
/etc/modules-load.d/gpu-handoff.conf: is not wanted any more (run gpu-handoff boot apply)
/etc/mkinitcpio.conf.d/gpu-handoff.conf: is not wanted any more (run gpu-handoff boot apply)
images (mkinitcpio): up to date
kernel arguments: none is needed" "$(boot status)"
	same "plan" "--- $modprobe
+++ /dev/null
--- /etc/modules-load.d/gpu-handoff.conf
+++ /dev/null
--- /etc/mkinitcpio.conf.d/gpu-handoff.conf
+++ /dev/null
run: /usr/bin/mkinitcpio -P" "$(boot plan | grep -E '^(---|\+\+\+|run|note)')"
	same "apply" "status 0
/etc/modprobe.d/gpu-handoff.conf removed
/etc/modules-load.d/gpu-handoff.conf removed
/etc/mkinitcpio.conf.d/gpu-handoff.conf removed
making images with mkinitcpio
$next_boot" "$(boot apply)"
	same "status is right again" "status 0
images (mkinitcpio): up to date
kernel arguments: none is needed" "$(boot status)"
	boot remove >/dev/null
	same "/etc is as before" "$before" "$(etc | grep -v gpu-handoff.conf)"
}

#: r720 : calls
calls() {
	local usage
	usage=$(gpu-handoff-boot --help)
	same "--help" "usage: gpu-handoff-boot [--root DIR] (plan | apply | remove | status)" \
		"${usage%%$'\n'*}"
	for arguments in "" "plan all" "modules" "modules a b" "explode" "--root" "--explode plan"; do
		same "wrong usage: '$arguments'" 2 \
			"$(answer gpu-handoff-boot $arguments | sed -n 's/^status //p')"
	done
	same "no such root" "status 1
gpu-handoff-boot: /nowhere: No such file or directory" "$(boot plan --root /nowhere)"
	same "--root / is the host" "status 0
nothing to do" "$(boot apply --root /run/..)"
	boot_conf
	same "by the dispatcher" "$(boot plan)" "$(answer gpu-handoff boot plan)"
	rm -f /etc/gpu-handoff.conf
	same "no such kernel" 1 "$(boot modules 1.2.3 | sed -n 's/^status //p')"
}
