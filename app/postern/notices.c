/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What notices are made with: networks and countries of the configuration, the database of countries.
 * Made at start, with the rules, so that a check finds what is wrong with them. Management core only.
 */
#include "notices.h"

#include <arpa/inet.h>
#include <errno.h>
#include <maxminddb.h>
#include <stdlib.h>
#include <string.h>

#include "event_notice.h"

struct notices {
	struct event_nets local, suspicious;
	const char **countries; /* texts are the configuration's */
	MMDB_s database;
	bool has_database;
	struct event_notices *notices; /* NULL: off */
};

/* The country that the database has for this address. */
static bool
country(void *geo, const struct event_addr *a, char code[3])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool v4 = memcmp(a->b, mapped, sizeof(mapped)) == 0;
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	MMDB_lookup_result_s found;
	MMDB_entry_data_s data;
	int error = 0;

	memcpy(&in.sin_addr, a->b + 12, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, a->b, sizeof(in6.sin6_addr));
	found = MMDB_lookup_sockaddr(geo, v4 ? (const struct sockaddr *)&in :
				     (const struct sockaddr *)&in6, &error);
	if (error != MMDB_SUCCESS || !found.found_entry ||
	    MMDB_get_value(&found.entry, &data, "country", "iso_code", NULL) != MMDB_SUCCESS ||
	    !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING || data.data_size != 2)
		return false;
	memcpy(code, data.utf8_string, 2);
	code[2] = '\0';
	return true;
}

static int
open_database(struct notices *n, const struct conf *c, struct err *err)
{
	const char *path = c->notices.geoip_database;
	int r;

	if (path == NULL || path[0] == '\0') {
		if (c->notices.suspicious_countries.count == 0)
			return 0;
		err_set(err, -EINVAL, "notices.suspicious-countries needs a database of countries");
		err_hint(err, "name one with notices.geoip-database");
		return -EINVAL;
	}
	r = MMDB_open(path, MMDB_MODE_MMAP, &n->database);
	if (r != MMDB_SUCCESS)
		return err_set_at(err, -EINVAL, path, 0, 0, "no database of countries: %s",
				  r == MMDB_IO_ERROR ? strerror(errno) : MMDB_strerror(r));
	n->has_database = true;
	return 0;
}

static int
copy_countries(struct notices *n, const struct conf_list *codes, struct err *err)
{
	if (codes->count == 0)
		return 0;
	n->countries = calloc(codes->count + 1, sizeof(*n->countries));
	if (n->countries == NULL)
		return err_set(err, -ENOMEM, "no memory for countries");
	for (size_t i = 0; i < codes->count; i++) {
		if (strlen(codes->text[i]) != 2)
			return err_set(err, -EINVAL, "notices.suspicious-countries: \"%s\" is no "
				       "code of two letters", codes->text[i]);
		n->countries[i] = codes->text[i];
	}
	return 0;
}

static int
make(struct notices *n, const struct conf *c, struct hash_key key, struct err *err)
{
	struct event_notice_settings set = {
		.local = &n->local, .suspicious = &n->suspicious,
		.software = (enum event_software)c->notices.software,
		.suppress_us = (uint64_t)c->notices.suppress_s * 1000000, .key = key,
	};
	const struct conf_list *local = &c->notices.local_nets, *bad = &c->notices.suspicious_nets;
	int r;

	r = event_nets_open(&n->local, "notices.local-nets", (const char *const *)local->text,
			    local->count, err);
	if (r == 0)
		r = event_nets_open(&n->suspicious, "notices.suspicious-nets",
				    (const char *const *)bad->text, bad->count, err);
	if (r == 0)
		r = copy_countries(n, &c->notices.suspicious_countries, err);
	if (r == 0)
		r = open_database(n, c, err);
	if (r != 0 || !c->notices.enabled)
		return r;
	set.countries = n->countries;
	set.country = n->has_database ? country : NULL;
	set.geo = &n->database;
	n->notices = event_notices_create(&set, err);
	return n->notices != NULL ? 0 : -ENOMEM;
}

struct notices *
notices_open(const struct conf *c, struct hash_key key, struct err *err)
{
	struct notices *n = calloc(1, sizeof(*n));

	if (n == NULL) {
		err_set(err, -ENOMEM, "no memory for notices");
		return NULL;
	}
	if (make(n, c, key, err) != 0) {
		notices_close(n);
		return NULL;
	}
	return n;
}

void
notices_close(struct notices *n)
{
	if (n == NULL)
		return;
	event_notices_destroy(n->notices);
	event_nets_close(&n->local);
	event_nets_close(&n->suspicious);
	if (n->has_database)
		MMDB_close(&n->database);
	free(n->countries);
	free(n);
}

const struct event_nets *
notices_local(const struct notices *n)
{
	return &n->local;
}

static void
say(void *writer, const struct event *notice)
{
	event_write(writer, notice);
}

void
notices_write(struct notices *n, struct event_writer *w, const struct event *e)
{
	if (e->type != EVENT_NOTICE)
		event_write(w, e);
	if (n->notices != NULL)
		event_notices_look(n->notices, e, say, w);
}

void
notices_counts(const struct notices *n, struct event_notice_counts *c)
{
	memset(c, 0, sizeof(*c));
	if (n->notices != NULL)
		event_notices_counts(n->notices, c);
}
