/* SPDX-License-Identifier: MIT */
/* Socket addresses as data: parsed from a rule or decoded from a sockaddr,
 * and matched. Asks neither a process nor a resolver. */
#ifndef CB_POLICY_ADDRESS_H
#define CB_POLICY_ADDRESS_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cb_address_kind {
	CB_ADDRESS_NONE,     /* no address, or one that disconnects (AF_UNSPEC) */
	CB_ADDRESS_INET,     /* IPv4, also when it came mapped into IPv6 */
	CB_ADDRESS_INET6,
	CB_ADDRESS_UNIX,     /* a path socket */
	CB_ADDRESS_ABSTRACT, /* an abstract unix socket */
	CB_ADDRESS_UNNAMED,  /* autobind of a unix socket */
	CB_ADDRESS_NETLINK,
	CB_ADDRESS_OTHER,    /* any other family */
};

struct cb_address {
	enum cb_address_kind kind;
	int family;        /* AF_ number */
	uint8_t ip[16];    /* INET: 4 bytes, INET6: 16, network order */
	uint16_t port;     /* host order; INET and INET6 */
	char name[108];    /* UNIX: path as given; ABSTRACT: name without the NUL before it */
	size_t name_len;   /* bytes in name */
};

/* Decodes len bytes of a sockaddr. Returns 0, or -EINVAL for one that the
 * kernel would refuse (too short for its family, too long). */
int cb_address_decode(struct cb_address *a, const void *sockaddr, size_t len);

/* The same for where AF_UNSPEC does not disconnect: bind and send take it for
 * AF_INET (ip(7), "compatibility"). */
int cb_address_decode_unspec_inet(struct cb_address *a, const void *sockaddr, size_t len);

/* As events show it: 127.0.0.1:80, [::1]:80, unix:/path, abstract:name, family 17. */
void cb_address_format(const struct cb_address *a, struct cb_buf *out);

bool cb_address_is_loopback(const struct cb_address *a);
bool cb_address_is_any(const struct cb_address *a);

/* A network: `10.0.0.0/8`, `10.0.0.0/8:443`, `[fd00::]/8`, `[::1]:80`, `192.0.2.1`. */
struct cb_network {
	enum cb_address_kind kind; /* INET or INET6 */
	uint8_t ip[16];
	unsigned bits;             /* length of the prefix */
	int port;                  /* -1: any */
};

/* Returns 0 or -EINVAL with a sentence that names the text. */
int cb_network_parse(struct cb_network *n, const char *text, struct cb_error *err);
bool cb_network_contains(const struct cb_network *n, const struct cb_address *a);

#endif
