/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data sets of the running program: what they hold, and changes by hand. Workers see a change at their
 * next look; sets with a state or save file keep it over the end of the program.
 */
#include <errno.h>

#include "commands.h"
#include "rules_dataset.h"

static struct rules_set *
rules(const struct command_call *c)
{
	return c->app->built.policy->rules;
}

static int
show_sets(struct command_call *c)
{
	struct rules_dataset_info d;

	c->json = c->wants_json ? json_array() : NULL;
	fprintf(c->out, "%-24s %-8s %10s %10s %10s  %s\n", "set", "type", "loaded", "learnt", "room",
		"file");
	for (size_t i = 0; rules_dataset_info(rules(c), i, &d); i++) {
		fprintf(c->out, "%-24s %-8s %10zu %10zu %10zu  %s\n", d.name, d.type, d.loaded,
			d.learnt, d.room, d.file);
		if (c->json != NULL)
			json_array_append_new(
				c->json, json_pack("{s:s, s:s, s:I, s:I, s:I, s:s}", "name", d.name,
						   "type", d.type, "loaded", (json_int_t)d.loaded,
						   "learnt", (json_int_t)d.learnt, "room",
						   (json_int_t)d.room, "file", d.file));
	}
	return 0;
}

/* suricatasc names the type, too: it must be the set's. */
static int
right_type(struct command_call *c)
{
	struct rules_dataset_info d;

	for (size_t i = 0; rules_dataset_info(rules(c), i, &d); i++)
		if (strcmp(d.name, c->arg[0]) == 0 && strcmp(d.type, c->arg[1]) != 0)
			return err_set(&c->err, -EINVAL, "the set %s is of type %s", d.name, d.type);
	return 0; /* none of this name: the change itself says so */
}

static int
dataset_add(struct command_call *c)
{
	int r = right_type(c);

	if (r == 0)
		r = rules_dataset_add(rules(c), c->arg[0], span_str(c->arg[2]), &c->err);
	if (r == 0)
		fprintf(c->out, "data added");
	return r;
}

static int
dataset_remove(struct command_call *c)
{
	int r = right_type(c);

	if (r == 0)
		r = rules_dataset_remove(rules(c), c->arg[0], span_str(c->arg[2]), &c->err);
	if (r == 0)
		fprintf(c->out, "data removed");
	return r;
}

static int
dataset_clear(struct command_call *c)
{
	int r = right_type(c);

	if (r == 0)
		r = rules_dataset_clear(rules(c), c->arg[0], &c->err);
	if (r == 0)
		fprintf(c->out, "dataset cleared");
	return r;
}

static int
dataset_lookup(struct command_call *c)
{
	int r = right_type(c);

	if (r == 0)
		r = rules_dataset_lookup(rules(c), c->arg[0], span_str(c->arg[2]), &c->err);
	if (r == 0)
		return err_set(&c->err, -ENOENT, "item not found in set");
	if (r < 0)
		return r;
	fprintf(c->out, "item found in set");
	return 0;
}

static int
dataset_dump(struct command_call *c)
{
	int r = rules_datasets_save(rules(c), &c->err);

	if (r == 0)
		fprintf(c->out, "data sets with a state or save file are written");
	return r;
}

const struct command commands_sets[] = {
	{ "sets", "show sets", "data sets and how full they are", show_sets },
	{ "sets", "dataset-add SETNAME SETTYPE DATAVALUE", "put a value into a set", dataset_add },
	{ "sets", "dataset-remove SETNAME SETTYPE DATAVALUE", "take a value out", dataset_remove },
	{ "sets", "dataset-lookup SETNAME SETTYPE DATAVALUE", "is it in the set?", dataset_lookup },
	{ "sets", "dataset-clear SETNAME SETTYPE", "take all values out, loaded ones too", dataset_clear },
	{ "sets", "dataset-dump", "write the files of the sets now", dataset_dump },
	{ NULL, NULL, NULL, NULL },
};
