/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vars: names that rules use for addresses and ports. In: a map of the file; out: names and values
 * over those that are built in. Loading calls it. What a value means is for the rules to find out.
 */
#include "conf_internal.h"

#include <errno.h>
#include <stdlib.h>

#define VALUE_MAX 65536 /* characters of one value */

struct standard {
	const char *name, *value;
};

/* Suricata's, so that its rulesets load; SMTP_PORTS is ours. */
static const struct standard addresses[] = {
	{ "HOME_NET", "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]" },
	{ "EXTERNAL_NET", "!$HOME_NET" },
	{ "SMTP_SERVERS", "$HOME_NET" },
	{ "HTTP_SERVERS", "$HOME_NET" },
	{ "SQL_SERVERS", "$HOME_NET" },
	{ "DNS_SERVERS", "$HOME_NET" },
	{ "TELNET_SERVERS", "$HOME_NET" },
	{ "AIM_SERVERS", "$EXTERNAL_NET" },
	{ "DC_SERVERS", "$HOME_NET" },
	{ "DNP3_SERVER", "$HOME_NET" },
	{ "DNP3_CLIENT", "$HOME_NET" },
	{ "MODBUS_CLIENT", "$HOME_NET" },
	{ "MODBUS_SERVER", "$HOME_NET" },
	{ "ENIP_CLIENT", "$HOME_NET" },
	{ "ENIP_SERVER", "$HOME_NET" },
};

static const struct standard ports[] = {
	{ "SMTP_PORTS", "[25,465,587,2525]" },
	{ "HTTP_PORTS", "80" },
	{ "SHELLCODE_PORTS", "!80" },
	{ "ORACLE_PORTS", "1521" },
	{ "SSH_PORTS", "22" },
	{ "DNP3_PORTS", "20000" },
	{ "MODBUS_PORTS", "502" },
	{ "FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]" },
	{ "FTP_PORTS", "21" },
	{ "GENEVE_PORTS", "6081" },
	{ "VXLAN_PORTS", "4789" },
	{ "TEREDO_PORTS", "3544" },
	{ "SIP_PORTS", "[5060,5061]" },
};

/* A name that is there gets the new value. */
static int
set(struct conf_vars *vars, const char *name, const char *value, unsigned line)
{
	char *copy = strdup(value);
	struct conf_var *more;
	size_t i = 0;

	if (copy == NULL)
		return -ENOMEM;
	while (i < vars->count && strcmp(vars->var[i].name, name) != 0)
		i++;
	if (i < vars->count) {
		free(vars->var[i].value);
		vars->var[i].value = copy;
		vars->var[i].line = line;
		return 0;
	}
	more = realloc(vars->var, (vars->count + 1) * sizeof(*more));
	if (more == NULL) {
		free(copy);
		return -ENOMEM;
	}
	vars->var = more;
	more[i] = (struct conf_var){ .name = strdup(name), .value = copy, .line = line };
	if (more[i].name == NULL) {
		free(copy);
		return -ENOMEM;
	}
	vars->count++;
	return 0;
}

int
conf_vars_defaults(struct conf *c)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(addresses) / sizeof(addresses[0]); i++)
		rc = set(&c->address_groups, addresses[i].name, addresses[i].value, 0);
	for (size_t i = 0; rc == 0 && i < sizeof(ports) / sizeof(ports[0]); i++)
		rc = set(&c->port_groups, ports[i].name, ports[i].value, 0);
	return rc;
}

static bool
is_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	size_t n = strspn(name, letters);

	while (n > 0 && name[n] != '\0' && (strchr(letters, name[n]) || strchr("0123456789-", name[n])))
		n++;
	return n > 0 && name[n] == '\0';
}

/* A list becomes Suricata's "[a,b]". */
static bool
value_text(struct conf_load *l, const struct ydoc_node *n, struct str *value)
{
	if (n->kind == YDOC_SCALAR && n->text[0] != '\0') {
		str_add(value, n->text);
	} else if (n->kind == YDOC_LIST && n->count > 0) {
		str_add_char(value, '[');
		for (const struct ydoc_node *item = n->child; item != NULL; item = item->next) {
			if (item->kind != YDOC_SCALAR || item->text[0] == '\0') {
				conf_error_value(l, item, "should be a text");
				return false;
			}
			str_add(value, item->text);
			str_add_char(value, item->next != NULL ? ',' : ']');
		}
	} else {
		conf_error_value(l, n, "should be a text or a list of texts");
		return false;
	}
	if (value->cut)
		conf_error_value(l, n, "more than %d characters", VALUE_MAX - 1);
	return !value->cut;
}

void
conf_vars_load(struct conf_load *l, const struct conf_field *f, const struct ydoc_node *n)
{
	struct conf_vars *vars = conf_at(l->c, f);
	char *buf = malloc(VALUE_MAX);

	if (buf == NULL)
		l->rc = -ENOMEM;
	if (buf != NULL && n->kind != YDOC_MAP && !n->null)
		err_hint(conf_error_value(l, n, "should hold names and values"),
			 "write for example HOME_NET: \"[192.0.2.0/24]\" below it");
	for (const struct ydoc_node *c = n->kind == YDOC_MAP ? n->child : NULL;
	     c != NULL && buf != NULL; c = c->next) {
		struct str value;

		str_open(&value, buf, VALUE_MAX);
		if (!is_name(c->key))
			err_hint(conf_error_key(l, c, "this is no name for a group"),
				 "letters, digits, - and _, a letter first");
		else if (value_text(l, c, &value) && set(vars, c->key, value.buf, c->line) != 0)
			l->rc = -ENOMEM;
	}
	free(buf);
}

void
conf_vars_free(struct conf_vars *vars)
{
	for (size_t i = 0; i < vars->count; i++) {
		free(vars->var[i].name);
		free(vars->var[i].value);
	}
	free(vars->var);
	*vars = (struct conf_vars){ .count = 0 };
}
