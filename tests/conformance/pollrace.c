/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both sides fire at once: level-triggered members, and poll; see race.h. */
#include "race.h"

int main(void)
{
	conf_init();
	race(LEVEL, POLL);
	return 0;
}
