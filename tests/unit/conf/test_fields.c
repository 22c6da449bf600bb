/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of keys: is it sound, and do the defaults come from it? */
#include "reading.h"

#include <jansson.h>

#include "conf_fields.h"

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < conf_field_count; i++) {
		const struct conf_field *f = &conf_fields[i];

		assert_true(f->help[strlen(f->help) - 1] == '.');
		assert_null(strchr(f->path, '_')); /* keys have dashes */
		assert_non_null(f->standard);
		assert_true(f->offset + f->width <= sizeof(struct conf));
		assert_true(f->max >= f->min);
		if (f->type == CONF_NUMBER || f->type == CONF_SIZE || f->type == CONF_SECONDS) {
			assert_true(f->width == 2 || f->width == 4 || f->width == 8);
			if (f->width < 8)
				assert_true(f->max < 1ULL << 8 * f->width);
		}
		for (size_t n = 0; n < i; n++) {
			assert_string_not_equal(conf_fields[n].path, f->path);
			assert_true(conf_fields[n].offset != f->offset);
		}
	}
}

/* Families must stand together: they are printed as one map. */
static void
test_families_stand_together(void **state)
{
	(void)state;
	for (size_t i = 1; i < conf_field_count; i++) {
		const char *path = conf_fields[i].path;
		size_t len = strcspn(path, ".") + 1;

		if (path[len - 1] == '\0' || strncmp(conf_fields[i - 1].path, path, len) == 0)
			continue;
		for (size_t n = 0; n < i; n++)
			assert_int_not_equal(strncmp(conf_fields[n].path, path, len), 0);
	}
}

static void
test_defaults(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(conf_defaults(&c), 0);
	assert_null(c.file);
	assert_string_equal(c.eal.lcores, "");
	assert_int_equal(c.cores.burst, 32);
	assert_int_equal(c.cores.tx_mode, CONF_TX_AUTO);
	assert_int_equal(c.limits.hold_bytes, 64 << 20);
	assert_int_equal(c.limits.session_hold, 4u << 20);
	assert_int_equal(c.smtp.line_max, 12288);
	assert_int_equal(c.smtp.bdat_max, 2147483647);
	assert_int_equal(c.smtp.ports.count, 4);
	assert_string_equal(c.smtp.ports.text[3], "2525");
	assert_true(c.mime.decode);
	assert_int_equal(c.mime.url_schemes.count, 4);
	assert_int_equal(c.mime.digests.count, 0);
	assert_int_equal(c.firewall.enabled, CONF_AUTO);
	assert_int_equal(c.firewall.policies, 0);
	assert_int_equal(c.mode, CONF_ENFORCE);
	assert_int_equal(c.failure.overload, CONF_CLOSED);
	assert_string_equal(c.address_groups.var[0].name, "HOME_NET");
	assert_string_equal(c.address_groups.var[0].value,
			    "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]");
	assert_string_equal(c.address_groups.var[1].value, "!$HOME_NET");
	assert_string_equal(c.port_groups.var[0].name, "SMTP_PORTS");
	conf_free(&c);
	assert_null(c.eal.lcores);
}

static void
test_ports_set(void **state)
{
	static const uint16_t in[] = { 0, 25, 2525, 2526, 2527, 2528, 2529, 2530, 65535 };
	uint8_t bits[65536 / 8] = { 0 };
	unsigned count = 0;
	struct conf c;

	(void)state;
	reading_good(&c, "smtp: {ports: [25, '2525:2530', 65535, 0]}");
	conf_ports_set(&c.smtp.ports, bits);
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		assert_true(bits[in[i] / 8] >> in[i] % 8 & 1);
	for (size_t i = 0; i < sizeof(bits); i++)
		count += (unsigned)__builtin_popcount(bits[i]);
	assert_int_equal(count, sizeof(in) / sizeof(in[0]));
	conf_free(&c);
}

static void
test_json(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	json_t *root;

	(void)state;
	conf_print_fields_json(out);
	fclose(out);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_array_size(root), conf_field_count);
	for (size_t i = 0; i < conf_field_count; i++) {
		json_t *f = json_array_get(root, i);

		assert_string_equal(json_string_value(json_object_get(f, "key")),
				    conf_fields[i].path);
		assert_string_equal(json_string_value(json_object_get(f, "help")),
				    conf_fields[i].help);
		assert_true(json_is_boolean(json_object_get(f, "restart")));
		assert_int_equal(json_object_get(f, "max") != NULL, conf_fields[i].max != 0);
	}
	json_decref(root);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_families_stand_together),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_ports_set),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
