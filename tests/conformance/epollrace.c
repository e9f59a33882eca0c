/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both sides fire at once: edge-triggered and one-shot members; see race.h. */
#include "race.h"

int main(void)
{
	conf_init();
	race(EDGE, ONESHOT);
	return 0;
}
