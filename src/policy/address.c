/* SPDX-License-Identifier: MIT */
/* Parses, decodes, shows and matches socket addresses. */
#include "policy/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SIN6_LEN_RFC2133 24 /* what the kernel takes for a sockaddr_in6 */

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static int decode_inet(struct cb_address *a, const uint8_t *raw, size_t len)
{
	struct sockaddr_in in;

	if (len < sizeof in)
		return -EINVAL;
	memcpy(&in, raw, sizeof in);
	a->kind = CB_ADDRESS_INET;
	a->port = ntohs(in.sin_port);
	memcpy(a->ip, &in.sin_addr, 4);
	return 0;
}

static int decode_inet6(struct cb_address *a, const uint8_t *raw, size_t len)
{
	struct sockaddr_in6 in6 = { 0 };

	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	memcpy(&in6, raw, len < sizeof in6 ? len : sizeof in6);
	a->port = ntohs(in6.sin6_port);
	if (!memcmp(&in6.sin6_addr, mapped, sizeof mapped)) {
		a->kind = CB_ADDRESS_INET;
		memcpy(a->ip, (const uint8_t *)&in6.sin6_addr + 12, 4);
	} else {
		a->kind = CB_ADDRESS_INET6;
		memcpy(a->ip, &in6.sin6_addr, 16);
	}
	return 0;
}

static int decode_unix(struct cb_address *a, const uint8_t *raw, size_t len)
{
	size_t start = offsetof(struct sockaddr_un, sun_path);

	if (len > sizeof(struct sockaddr_un))
		return -EINVAL;
	if (len <= start) {
		a->kind = CB_ADDRESS_UNNAMED;
		return 0;
	}
	a->name_len = len - start;
	memcpy(a->name, raw + start, a->name_len);
	if (a->name[0]) {
		a->kind = CB_ADDRESS_UNIX;
		a->name_len = strnlen(a->name, a->name_len);
	} else {
		a->kind = CB_ADDRESS_ABSTRACT;
		a->name_len--;
		memmove(a->name, a->name + 1, a->name_len);
	}
	return 0;
}

int cb_address_decode(struct cb_address *a, const void *sockaddr, size_t len)
{
	const uint8_t *raw = sockaddr;
	sa_family_t family;

	memset(a, 0, sizeof *a);
	if (len < sizeof family)
		return -EINVAL;
	memcpy(&family, raw, sizeof family);
	a->family = family;
	switch (family) {
	case AF_UNSPEC:
		return 0;
	case AF_INET:
		return decode_inet(a, raw, len);
	case AF_INET6:
		return decode_inet6(a, raw, len);
	case AF_UNIX:
		return decode_unix(a, raw, len);
	case AF_NETLINK:
		a->kind = CB_ADDRESS_NETLINK;
		return 0;
	default:
		a->kind = CB_ADDRESS_OTHER;
		return 0;
	}
}

int cb_address_decode_unspec_inet(struct cb_address *a, const void *sockaddr, size_t len)
{
	int rc = cb_address_decode(a, sockaddr, len);

	if (rc || a->family != AF_UNSPEC || len < sizeof(struct sockaddr_in))
		return rc;
	return decode_inet(a, sockaddr, len);
}

void cb_address_format(const struct cb_address *a, struct cb_buf *out)
{
	char text[INET6_ADDRSTRLEN];

	switch (a->kind) {
	case CB_ADDRESS_INET:
		cb_buf_addf(out, "%s:%u", inet_ntop(AF_INET, a->ip, text, sizeof text), a->port);
		break;
	case CB_ADDRESS_INET6:
		cb_buf_addf(out, "[%s]:%u", inet_ntop(AF_INET6, a->ip, text, sizeof text),
			    a->port);
		break;
	case CB_ADDRESS_UNIX:
		cb_buf_adds(out, "unix:");
		cb_buf_add(out, a->name, a->name_len);
		break;
	case CB_ADDRESS_ABSTRACT:
		cb_buf_adds(out, "abstract:");
		cb_buf_add(out, a->name, a->name_len);
		break;
	default:
		cb_buf_addf(out, "family %d", a->family);
	}
}

bool cb_address_is_any(const struct cb_address *a)
{
	static const uint8_t zero[16];

	if (a->kind == CB_ADDRESS_INET)
		return !memcmp(a->ip, zero, 4);
	return a->kind == CB_ADDRESS_INET6 && !memcmp(a->ip, zero, 16);
}

bool cb_address_is_loopback(const struct cb_address *a)
{
	if (a->kind == CB_ADDRESS_INET)
		return a->ip[0] == 127;
	return a->kind == CB_ADDRESS_INET6 && !memcmp(a->ip, &in6addr_loopback, 16);
}

/* Takes the number behind text into *value; false if it is none or too large. */
static bool number(const char *text, unsigned long most, unsigned long *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*value = strtoul(text, &end, 10);
	return !*end && *value <= most;
}

static bool parse_ip(struct cb_network *n, const char *ip)
{
	if (inet_pton(AF_INET, ip, n->ip) == 1) {
		n->kind = CB_ADDRESS_INET;
		n->bits = 32;
		return true;
	}
	n->kind = CB_ADDRESS_INET6;
	n->bits = 128;
	return inet_pton(AF_INET6, ip, n->ip) == 1;
}

/* An IPv4 address that is mapped into IPv6 is IPv4, as in sockaddrs. */
static void unmap(struct cb_network *n)
{
	if (n->kind != CB_ADDRESS_INET6 || n->bits < 96 || memcmp(n->ip, mapped, sizeof mapped))
		return;
	n->kind = CB_ADDRESS_INET;
	n->bits -= 96;
	memmove(n->ip, n->ip + 12, 4);
}

/* Cuts `text` in place at the port and the prefix length: [ip]/bits:port, or
 * ip/bits:port for IPv4. */
static bool parse_network(struct cb_network *n, char *text)
{
	char *rest, *slash, *port, *ip = text;
	unsigned long value;

	if (*text == '[') {
		rest = strchr(text, ']');
		if (!rest)
			return false;
		*rest++ = '\0';
		ip++;
	} else {
		rest = text + strcspn(text, "/:");
	}
	slash = *rest == '/' ? rest : NULL;
	port = strchr(rest, ':');
	if (*rest && !slash && port != rest)
		return false;
	if (port)
		*port++ = '\0';
	if (slash)
		*slash++ = '\0';
	n->port = -1;
	if (!parse_ip(n, ip) || (n->kind == CB_ADDRESS_INET6) != (*text == '['))
		return false;
	if (slash) {
		if (!number(slash, n->bits, &value))
			return false;
		n->bits = (unsigned)value;
	}
	if (port) {
		if (!number(port, 65535, &value))
			return false;
		n->port = (int)value;
	}
	unmap(n);
	return true;
}

int cb_network_parse(struct cb_network *n, const char *text, struct cb_error *err)
{
	char copy[128];

	if (strlen(text) < sizeof copy) {
		struct cb_network parsed = { .port = -1 };

		strcpy(copy, text);
		if (parse_network(&parsed, copy)) {
			*n = parsed;
			return 0;
		}
	}
	return cb_error(err, EINVAL,
			"not an address: '%s' (10.0.0.0/8:443, [fd00::]/8 and the like)", text);
}

bool cb_network_contains(const struct cb_network *n, const struct cb_address *a)
{
	unsigned whole = n->bits / 8, rest = n->bits % 8;

	if (a->kind != n->kind || (n->port >= 0 && n->port != a->port))
		return false;
	if (memcmp(a->ip, n->ip, whole))
		return false;
	return !rest || !((a->ip[whole] ^ n->ip[whole]) >> (8 - rest));
}
