/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "status/json-make.h"
#include "status/status.h"

enum { VERSION_OF_SCHEMA = 1 };

static void put_pci(struct json_make *make, struct json_object *object,
	const struct pci_function *f, const char *override)
{
	json_put_text(make, object, "address", f->address);
	json_put_hex(make, object, "vendor_id", 4, f->vendor);
	json_put_hex(make, object, "device_id", 4, f->device);
	json_put_hex(make, object, "class", 6, f->class);
	json_put_text(make, object, "driver", f->driver);
	json_put_text(make, object, "driver_override", override);
	json_put_number(make, object, "iommu_group", f->group);
}

static void put_holders(
	struct json_make *make, struct json_object *object, const struct holders *holders)
{
	struct json_object *array = json_make_array(make);

	for (size_t i = 0; i < holders->count; i++) {
		struct json_object *one = json_make_object(make);

		json_put_number(make, one, "pid", holders->holder[i].pid);
		json_put_text(make, one, "command", holders->holder[i].command);
		json_put_text(make, one, "path", holders->holder[i].path);
		json_append(make, array, one);
	}
	json_put(make, object, "holders", array);
	json_put_number(make, object, "holders_omitted", (int64_t)holders->omitted);
}

static void put_functions(struct json_make *make, struct json_object *object, const char *key,
	const struct machine_function *function, size_t count)
{
	struct json_object *array = json_make_array(make);

	for (size_t i = 0; i < count; i++) {
		struct json_object *one = json_make_object(make);

		put_pci(make, one, &function[i].pci, function[i].override);
		json_put_bool(make, one, "bridge", pci_is_bridge(&function[i].pci));
		json_append(make, array, one);
	}
	json_put(make, object, key, array);
}

/* What GVT-g's description does not say is 0 here. */
static int64_t said(unsigned int value)
{
	return value ? (int64_t)value : -1;
}

static void put_types(
	struct json_make *make, struct json_object *object, const struct machine_gpu *gpu)
{
	struct json_object *array = json_make_array(make);

	for (size_t i = 0; i < gpu->types; i++) {
		const struct machine_type *t = &gpu->type[i];
		struct json_object *one = json_make_object(make);

		json_put_text(make, one, "name", t->name);
		json_put_number(make, one, "available", t->available);
		json_put_bool(make, one, "vfio_pci", t->pci);
		json_put_number(make, one, "low_mb", said(t->low_mb));
		json_put_number(make, one, "high_mb", said(t->high_mb));
		json_put_number(make, one, "fence", said(t->fence));
		json_put_number(make, one, "weight", said(t->weight));
		json_put_text(make, one, "resolution", t->resolution);
		json_append(make, array, one);
	}
	json_put(make, object, "vgpu_types", array);
}

static struct json_object *make_gpu(struct json_make *make, const struct machine_gpu *gpu)
{
	struct json_object *o = json_make_object(make);

	put_pci(make, o, &gpu->pci, gpu->override);
	json_put_hex(make, o, "subsystem_vendor_id", 4, gpu->subvendor);
	json_put_hex(make, o, "subsystem_device_id", 4, gpu->subdevice);
	json_put_text(make, o, "vendor", gpu->vendor);
	json_put_text(make, o, "model", gpu->model);
	json_put_text(make, o, "role", machine_role_name(gpu->role));
	json_put_text(make, o, "role_evidence", gpu->role_evidence);
	json_put_bool(make, o, "boot_vga", gpu->pci.boot_vga);
	json_put_bool(make, o, "virtual_function", gpu->pci.is_virtual);
	json_put_bool(make, o, "noiommu", gpu->pci.noiommu);
	json_put_text(make, o, "power", gpu->power);
	json_put_text(make, o, "power_state", gpu->power_state);
	json_put_exactly(make, o, "guest", gpu->guest);
	put_holders(make, o, gpu->holders);
	put_functions(make, o, "functions", gpu->function, gpu->functions);
	put_functions(make, o, "group_members", gpu->member, gpu->members);
	put_types(make, o, gpu);
	return o;
}

static struct json_object *make_vgpu(struct json_make *make, const struct machine_vgpu *vgpu)
{
	struct json_object *o = json_make_object(make);

	json_put_text(make, o, "uuid", vgpu->uuid);
	json_put_text(make, o, "parent", vgpu->parent);
	json_put_text(make, o, "type", vgpu->type);
	json_put_bool(make, o, "mdevctl", vgpu->by_mdevctl);
	json_put_bool(make, o, "moving", vgpu->moving);
	json_put_bool(make, o, "stuck", vgpu->stuck);
	json_put_exactly(make, o, "guest", vgpu->guest);
	put_holders(make, o, vgpu->holders);
	return o;
}

static void put_vgpus(
	struct json_make *make, struct json_object *object, const struct machine *machine)
{
	struct json_object *array = json_make_array(make);

	for (size_t i = 0; i < machine->vgpus && !make->failed; i++)
		json_append(make, array, make_vgpu(make, &machine->vgpu[i]));
	json_put(make, object, "vgpus", array);
}

static struct json_object *make_guest(struct json_make *make, const struct machine_guest *guest)
{
	struct json_object *o = json_make_object(make), *steps = json_make_array(make);

	json_put_text(make, o, "uuid", guest->uuid);
	json_put_exactly(make, o, "name", guest->name);
	json_put_text(make, o, "state", machine_guest_state_name(guest->state));
	json_put_text(make, o, "problem", guest->state == MACHINE_BROKEN ? guest->why.text : NULL);
	put_holders(make, o, guest->holders);
	for (size_t i = 0; i < guest->steps; i++) {
		const struct step *step = &guest->step[i].step;
		struct json_object *one = json_make_object(make);

		json_put_text(make, one, "noun", step->noun->name);
		json_put_text(make, one, "object", step->object);
		/* a step's words as they are: "-" is one */
		json_put_exactly(make, one, "from", step->from);
		json_put_exactly(make, one, "to", step->to);
		json_put_bool(make, one, "moving", guest->step[i].moving);
		json_put_bool(make, one, "stuck", guest->step[i].stuck);
		json_append(make, steps, one);
	}
	json_put(make, o, "give_back", steps);
	return o;
}

static struct json_object *make_unseen(struct json_make *make, const struct machine *machine)
{
	struct json_object *o = json_make_object(make);

	json_put_number(make, o, "processes", (int64_t)machine->processes_unseen);
	json_put_text(make, o, "holders",
		machine->holders_error ? strerror(-machine->holders_error) : NULL);
	json_put_text(make, o, "guests", machine->undo_unseen ? machine->undo_why.text : NULL);
	return o;
}

static struct json_object *make_machine(struct json_make *make, const struct machine *machine)
{
	struct json_object *o = json_make_object(make), *wiring = json_make_object(make);
	struct json_object *gpus = json_make_array(make), *guests = json_make_array(make);

	json_put_number(make, o, "version", VERSION_OF_SCHEMA);
	json_put_text(make, wiring, "kind", machine_wiring_name(machine->wiring));
	json_put_text(make, wiring, "evidence", machine->wiring_evidence);
	json_put(make, o, "wiring", wiring);
	for (size_t i = 0; i < machine->gpus && !make->failed; i++)
		json_append(make, gpus, make_gpu(make, &machine->gpu[i]));
	json_put(make, o, "gpus", gpus);
	put_vgpus(make, o, machine);
	for (size_t i = 0; i < machine->guests && !make->failed; i++)
		json_append(make, guests, make_guest(make, &machine->guest[i]));
	json_put(make, o, "guests", guests);
	json_put(make, o, "unseen", make_unseen(make, machine));
	return o;
}

int status_json(const struct machine *machine, FILE *out, struct msg *why)
{
	struct json_make make = {.failed = false};

	return json_make_write(&make, make_machine(&make, machine), out, why);
}

static struct json_object *make_vgpu_list(struct json_make *make, const struct machine *machine)
{
	struct json_object *o = json_make_object(make), *gpus = json_make_array(make);

	json_put_number(make, o, "version", VERSION_OF_SCHEMA);
	for (size_t i = 0; i < machine->gpus && !make->failed; i++) {
		struct json_object *one;

		if (machine->gpu[i].types == 0)
			continue;
		one = json_make_object(make);
		json_put_text(make, one, "address", machine->gpu[i].pci.address);
		put_types(make, one, &machine->gpu[i]);
		json_append(make, gpus, one);
	}
	json_put(make, o, "gpus", gpus);
	put_vgpus(make, o, machine);
	json_put(make, o, "unseen", make_unseen(make, machine));
	return o;
}

int status_vgpus_json(const struct machine *machine, FILE *out, struct msg *why)
{
	struct json_make make = {.failed = false};

	return json_make_write(&make, make_vgpu_list(&make, machine), out, why);
}
