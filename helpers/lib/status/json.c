/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "status/status.h"

enum { VERSION_OF_SCHEMA = 1 };

/* What is being made; once memory runs out nothing of it is used. */
struct maker {
	bool failed;
};

static struct json_object *check(struct maker *maker, struct json_object *made)
{
	maker->failed |= !made;
	return made;
}

static struct json_object *new_object(struct maker *maker)
{
	return check(maker, json_object_new_object());
}

static struct json_object *new_array(struct maker *maker)
{
	return check(maker, json_object_new_array());
}

/* OBJECT takes VALUE, which may be NULL: null. */
static void put(
	struct maker *maker, struct json_object *object, const char *key, struct json_object *value)
{
	if (!object || json_object_object_add(object, key, value) < 0) {
		maker->failed = true;
		json_object_put(value);
	}
}

static void append(struct maker *maker, struct json_object *array, struct json_object *value)
{
	if (!array || json_object_array_add(array, value) < 0) {
		maker->failed = true;
		json_object_put(value);
	}
}

static void put_bool(struct maker *maker, struct json_object *object, const char *key, bool value)
{
	put(maker, object, key, check(maker, json_object_new_boolean(value)));
}

/* Null if it is negative: not known, or none. */
static void put_number(
	struct maker *maker, struct json_object *object, const char *key, int64_t value)
{
	put(maker, object, key, value < 0 ? NULL : check(maker, json_object_new_int64(value)));
}

/* Null if it is NULL, "" or "-": all of them mean that there is none. Valid UTF-8 in any case. */
static void put_text(
	struct maker *maker, struct json_object *object, const char *key, const char *text)
{
	size_t size = text ? 4 * strlen(text) + 1 : 0;
	char *printable;

	if (!text || !*text || strcmp(text, "-") == 0) {
		put(maker, object, key, NULL);
		return;
	}
	printable = malloc(size);
	if (!printable) {
		maker->failed = true;
		return;
	}
	text_printable(text, printable, size);
	put(maker, object, key, check(maker, json_object_new_string(printable)));
	free(printable);
}

static void put_hex(struct maker *maker, struct json_object *object, const char *key, int digits,
	unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%0*x", digits, value);
	put_text(maker, object, key, text);
}

static void put_pci(struct maker *maker, struct json_object *object, const struct pci_function *f,
	const char *override)
{
	put_text(maker, object, "address", f->address);
	put_hex(maker, object, "vendor_id", 4, f->vendor);
	put_hex(maker, object, "device_id", 4, f->device);
	put_hex(maker, object, "class", 6, f->class);
	put_text(maker, object, "driver", f->driver);
	put_text(maker, object, "driver_override", override);
	put_number(maker, object, "iommu_group", f->group);
}

static void put_holders(
	struct maker *maker, struct json_object *object, const struct holders *holders)
{
	struct json_object *array = new_array(maker);

	for (size_t i = 0; i < holders->count; i++) {
		struct json_object *one = new_object(maker);

		put_number(maker, one, "pid", holders->holder[i].pid);
		put_text(maker, one, "command", holders->holder[i].command);
		put_text(maker, one, "path", holders->holder[i].path);
		append(maker, array, one);
	}
	put(maker, object, "holders", array);
	put_number(maker, object, "holders_omitted", (int64_t)holders->omitted);
}

static void put_functions(struct maker *maker, struct json_object *object, const char *key,
	const struct machine_function *function, size_t count)
{
	struct json_object *array = new_array(maker);

	for (size_t i = 0; i < count; i++) {
		struct json_object *one = new_object(maker);

		put_pci(maker, one, &function[i].pci, function[i].override);
		put_bool(maker, one, "bridge", pci_is_bridge(&function[i].pci));
		append(maker, array, one);
	}
	put(maker, object, key, array);
}

/* What GVT-g's description does not say is 0 here. */
static int64_t said(unsigned int value)
{
	return value ? (int64_t)value : -1;
}

static void put_types(
	struct maker *maker, struct json_object *object, const struct machine_gpu *gpu)
{
	struct json_object *array = new_array(maker);

	for (size_t i = 0; i < gpu->types; i++) {
		const struct machine_type *t = &gpu->type[i];
		struct json_object *one = new_object(maker);

		put_text(maker, one, "name", t->name);
		put_number(maker, one, "available", t->available);
		put_bool(maker, one, "vfio_pci", t->pci);
		put_number(maker, one, "low_mb", said(t->low_mb));
		put_number(maker, one, "high_mb", said(t->high_mb));
		put_number(maker, one, "fence", said(t->fence));
		put_number(maker, one, "weight", said(t->weight));
		put_text(maker, one, "resolution", t->resolution);
		append(maker, array, one);
	}
	put(maker, object, "vgpu_types", array);
}

static struct json_object *make_gpu(struct maker *maker, const struct machine_gpu *gpu)
{
	struct json_object *o = new_object(maker);

	put_pci(maker, o, &gpu->pci, gpu->override);
	put_hex(maker, o, "subsystem_vendor_id", 4, gpu->subvendor);
	put_hex(maker, o, "subsystem_device_id", 4, gpu->subdevice);
	put_text(maker, o, "vendor", gpu->vendor);
	put_text(maker, o, "model", gpu->model);
	put_text(maker, o, "role", machine_role_name(gpu->role));
	put_text(maker, o, "role_evidence", gpu->role_evidence);
	put_bool(maker, o, "boot_vga", gpu->pci.boot_vga);
	put_bool(maker, o, "virtual_function", gpu->pci.is_virtual);
	put_bool(maker, o, "noiommu", gpu->pci.noiommu);
	put_text(maker, o, "power", gpu->power);
	put_text(maker, o, "power_state", gpu->power_state);
	put_text(maker, o, "guest", gpu->guest);
	put_holders(maker, o, gpu->holders);
	put_functions(maker, o, "functions", gpu->function, gpu->functions);
	put_functions(maker, o, "group_members", gpu->member, gpu->members);
	put_types(maker, o, gpu);
	return o;
}

static struct json_object *make_vgpu(struct maker *maker, const struct machine_vgpu *vgpu)
{
	struct json_object *o = new_object(maker);

	put_text(maker, o, "uuid", vgpu->uuid);
	put_text(maker, o, "parent", vgpu->parent);
	put_text(maker, o, "type", vgpu->type);
	put_bool(maker, o, "mdevctl", vgpu->by_mdevctl);
	put_text(maker, o, "guest", vgpu->guest);
	put_holders(maker, o, vgpu->holders);
	return o;
}

static struct json_object *make_guest(struct maker *maker, const struct machine_guest *guest)
{
	struct json_object *o = new_object(maker), *steps = new_array(maker);

	put_text(maker, o, "uuid", guest->uuid);
	put_text(maker, o, "name", guest->name);
	put_text(maker, o, "state", machine_guest_state_name(guest->state));
	put_text(maker, o, "problem", guest->state == MACHINE_BROKEN ? guest->why.text : NULL);
	put_holders(maker, o, guest->holders);
	for (size_t i = 0; i < guest->steps; i++) {
		const struct step *step = &guest->step[i].step;
		struct json_object *one = new_object(maker);

		put_text(maker, one, "noun", step->noun->name);
		put_text(maker, one, "object", step->object);
		/* a step's words as they are: "-" is one */
		put(maker, one, "from", check(maker, json_object_new_string(step->from)));
		put(maker, one, "to", check(maker, json_object_new_string(step->to)));
		put_bool(maker, one, "stuck", guest->step[i].stuck);
		append(maker, steps, one);
	}
	put(maker, o, "give_back", steps);
	return o;
}

static struct json_object *make_unseen(struct maker *maker, const struct machine *machine)
{
	struct json_object *o = new_object(maker);

	put_number(maker, o, "processes", (int64_t)machine->processes_unseen);
	put_text(maker, o, "holders",
		machine->holders_error ? strerror(-machine->holders_error) : NULL);
	put_text(maker, o, "guests", machine->undo_unseen ? machine->undo_why.text : NULL);
	return o;
}

static struct json_object *make_machine(struct maker *maker, const struct machine *machine)
{
	struct json_object *o = new_object(maker), *wiring = new_object(maker);
	struct json_object *gpus = new_array(maker), *vgpus = new_array(maker);
	struct json_object *guests = new_array(maker);

	put_number(maker, o, "version", VERSION_OF_SCHEMA);
	put_text(maker, wiring, "kind", machine_wiring_name(machine->wiring));
	put_text(maker, wiring, "evidence", machine->wiring_evidence);
	put(maker, o, "wiring", wiring);
	for (size_t i = 0; i < machine->gpus && !maker->failed; i++)
		append(maker, gpus, make_gpu(maker, &machine->gpu[i]));
	put(maker, o, "gpus", gpus);
	for (size_t i = 0; i < machine->vgpus && !maker->failed; i++)
		append(maker, vgpus, make_vgpu(maker, &machine->vgpu[i]));
	put(maker, o, "vgpus", vgpus);
	for (size_t i = 0; i < machine->guests && !maker->failed; i++)
		append(maker, guests, make_guest(maker, &machine->guest[i]));
	put(maker, o, "guests", guests);
	put(maker, o, "unseen", make_unseen(maker, machine));
	return o;
}

int status_json(const struct machine *machine, FILE *out, struct msg *why)
{
	struct maker maker = {.failed = false};
	struct json_object *object = make_machine(&maker, machine);
	const char *text = maker.failed
				   ? NULL
				   : json_object_to_json_string_ext(object,
					     JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						     JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(object);
	return text ? 0 : msg_fail(why, ENOMEM, "not enough memory");
}
