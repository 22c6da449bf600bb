/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of the oddities that the parsers can tell, for app-layer-event; NULL-terminated. The rules
 * cannot know them, since the parsers stand above. */
#ifndef NAMES_H
#define NAMES_H

const char *const *names_of_events(void);

#endif
