# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# What tests of gpu-handoff-guest have: a libvirtd of their own, in namespaces of their own, on a
# machine that has a card at 01:00 and no guest. A test sources this first, and all of it runs inside.
set -eEu
cd "$(dirname "$0")/../.."
export LC_ALL=C
test=$(basename "$0")

if [ "${1-}" != inside ]; then
	for tool in libvirtd virsh qemu-system-x86_64 unshare strace setpriv; do
		command -v "$tool" >/dev/null || { echo "skip $test: there is no $tool" && exit 0; }
	done
	[ "$(id -u)" = 0 ] || { echo "skip $test: only root can run a system's libvirtd" && exit 0; }
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	unshare -mnpf true 2>"$work/libvirtd.log" ||
		{ echo "skip $test: no namespaces: $(cat "$work/libvirtd.log")" && exit 0; }
	status=0
	unshare -mnpf --mount-proc --kill-child bash "$0" inside "$work" </dev/null || status=$?
	[ $status = 0 ] || { echo "not ok $test: ended with status $status" && tail -n 20 "$work/libvirtd.log"; }
	exit 0
fi

work=$2
guest=$PWD/${BUILD:-build}/gpu-handoff-guest
state=/var/lib/gpu-handoff
trap 'echo "not ok $test: stopped at ${BASH_SOURCE[0]} line $LINENO"' ERR

same() { # same NAME WANTED GOT
	if [ "$2" = "$3" ]; then
		echo "ok $test: $1"
	else
		echo "not ok $test: $1: not the expected text"
		diff -u --label expected --label actual <(echo "$2") <(echo "$3") | sed 's/^/  /'
	fi
}

answer() { # answer ARGUMENT...: of gpu-handoff-guest: its exit status and all that it printed
	local status=0 output
	output=$("$guest" "$@" 2>&1) || status=$?
	echo "status $status${output:+
$output}"
}

# tail_of ARGUMENT...: the same without the diff and what lint says
tail_of() {
	answer "$@" | grep -E '^(status |gpu-handoff-guest: )|: (done|nothing to (un)?do|is as it was)($|;| before)'
}

said() { # said TEXT...: an answer with that status
	printf 'status %s' "$1"
	shift
	[ $# -eq 0 ] || printf '\n%s' "$@"
	echo
}

definition() { # definition DOMAIN: what undo has to bring back, passwords and all
	virsh -q dumpxml --inactive --security-info -- "$1"
}

kept() { # the files that are kept of guests, with their modes
	(cd $state && find . -mindepth 1 -printf '%P %M %u\n' | sort)
}

# define FILE [SED-SCRIPT]: without its TPM, which would need another program here
define() {
	sed -E "s/<domain type=(.)kvm./<domain type=\1qemu\1/; /<tpm/,/<.tpm>/d; ${2-}" "$1" >"$work/define.xml"
	virsh -q define "$work/define.xml" >"$work/virsh.log"
}

undefine() {
	virsh -q undefine --nvram -- "$1" >"$work/virsh.log"
}

# throwaway MOUNT-POINT...: empty directories over these
throwaway() {
	local point
	for point; do
		mkdir -p "$point"
		mount -t tmpfs -o mode=755 throwaway "$point"
	done
}

# A machine without guests, with a card at 01:00: what sysfs shows of it.
cp -a /etc "$work/etc"
mount --bind "$work/etc" /etc
throwaway /run /var/lib /var/cache /var/log /sys/bus/pci/devices
mkdir -p /etc/libvirt /var/lib/libvirt/qemu/nvram
getent passwd libvirt-qemu >"$work/virsh.log" || {
	echo "libvirt-qemu:x:0:0::/:/bin/false" >>/etc/passwd
	echo "libvirt-qemu:x:0:" >>/etc/group
}
function_of_pci() { # function_of_pci ADDRESS VENDOR DEVICE CLASS
	mkdir "/sys/bus/pci/devices/$1"
	(cd "/sys/bus/pci/devices/$1" && echo "0x$2" >vendor && echo "0x$3" >device && echo "0x$4" >class &&
		echo 0x17aa >subsystem_vendor && echo 0x39d1 >subsystem_device)
}
function_of_pci 0000:00:02.0 8086 591b 030000
function_of_pci 0000:01:00.0 10de 1c8d 030200
function_of_pci 0000:01:00.1 10de 0fb9 040300

start_libvirtd() { # the daemon's PID in `daemon`
	cat >/etc/libvirt/qemu.conf <<-END
		security_driver = "none"
		namespaces = []
		cgroup_controllers = []
		stdio_handler = "file"
		user = "root"
		group = "root"
		remember_owner = 0
		dynamic_ownership = 0
	END
	printf 'auth_unix_ro = "none"\nauth_unix_rw = "none"\n' >/etc/libvirt/libvirtd.conf
	libvirtd -p /run/libvirtd.pid -f /etc/libvirt/libvirtd.conf >"$work/libvirtd.log" 2>&1 &
	daemon=$!
	until libvirtd_answers; do
		[ $SECONDS -lt 120 ] && kill -0 $daemon 2>"$work/virsh.log" || exit 1
	done
}

# A QEMU that libvirtd asks what it can do has not answered on its monitor, once; without it libvirtd asks again.
libvirtd_answers() {
	local status=0
	timeout -k 5 40 virsh -q version >"$work/virsh.log" 2>&1 || status=$?
	[ $status -lt 124 ] || pkill -KILL -f /qmp.monitor || true
	return $status
}

# The guest of most tests, and what apply prints for it.
uuid=3f2c9a1e-7b44-4c0d-9d5e-52b1a6c0e8f7
done_text="win10: done; gpu-handoff guest undo takes it back"
undone="win10: is as it was before gpu-handoff changed it"
vgpu=--vgpu=AF5972FB-5530-41A7-0000-FD836204445B
vgpu_diff="--- win10
+++ win10
@@ -168,6 +168,12 @@
       <model type='qxl' ram='65536' vram='65536' vgamem='16384' heads='1' primary='yes'/>
       <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>
     </video>
+    <hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci' display='off'>
+      <source>
+        <address uuid='af5972fb-5530-41a7-0000-fd836204445b'/>
+      </source>
+      <alias name='ua-vgpu'/>
+    </hostdev>
     <redirdev bus='usb' type='spicevmc'>
       <address type='usb' bus='0' port='2'/>
     </redirdev>"

rom() { # rom VENDOR-AND-DEVICE LETTER: an option ROM of these bytes in hex
	{ printf 'U\xaa\x01' && head -c 21 /dev/zero && printf '\x1c\0\0\0PCIR' && printf %b "$1" &&
		printf '\0\0\x18\0\0\0\x02\x03\x01\0\0\0\x03\x80\0\0' && head -c 459 /dev/zero && printf %s "$2"; }
}
