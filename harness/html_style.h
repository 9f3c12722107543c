/* SPDX-License-Identifier: MIT */
/* The unchanging parts of the HTML page; for html.c alone. */
#ifndef HN_HTML_STYLE_H
#define HN_HTML_STYLE_H

extern const char hn_html_head[];
extern const char hn_html_script[];

#endif
