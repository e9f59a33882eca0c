/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Draws a flame graph: the root at the bottom, a box per node, as wide as its
 * share of the time. Each box is a <g> with a <title>, and says in data-x and
 * data-w where it is (0 to 1), so that the script can zoom: a click on a box
 * makes it as wide as the picture; one on the root, or on "reset", goes back.
 * "search", or "/", colours the boxes whose names contain a word and sums their time.
 */
#include "flame.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rsx/buf.h"

#define WIDTH	   1200
#define MARGIN	   10
#define ROW	   17
#define TOP	   40
#define CHAR_WIDTH 6.6 /* of the 11 px monospace font */
#define LEAST	   0.0002 /* a box of a smaller share is not drawn */

static const char style[] =
	"<style>\n"
	"text{font:11px monospace;pointer-events:none}\n"
	"#head{font-size:15px}#found{font-size:13px}\n"
	"#reset,#search{pointer-events:auto;cursor:pointer;fill:#06c}\n"
	"#box g{cursor:pointer}#box g:hover rect{stroke:#000;stroke-width:1}\n"
	".up rect{opacity:.45}.hit rect{fill:#d4f}\n"
	"</style>\n";

static const char script[] =
	"<script><![CDATA[\n"
	"(function(){\n"
	"var all=Array.prototype.slice.call(document.querySelectorAll('#box g'));\n"
	"var wide=%d,left=%d,charw=%.1f;\n"
	"function num(g,k){return parseFloat(g.getAttribute(k));}\n"
	"function zoom(g){\n"
	" var x=g?num(g,'data-x'):0,w=g?num(g,'data-w'):1,d=g?num(g,'data-d'):0;\n"
	" all.forEach(function(e){\n"
	"  var ex=num(e,'data-x'),ew=num(e,'data-w'),up=num(e,'data-d')<d;\n"
	"  var in_=up?ex<=x+1e-9&&ex+ew>=x+w-1e-9:ex>=x-1e-9&&ex+ew<=x+w+1e-9;\n"
	"  var px=up?0:(ex-x)/w*wide,pw=up?wide:ew/w*wide;\n"
	"  e.style.display=in_?'':'none';if(!in_)return;\n"
	"  e.classList.toggle('up',up);\n"
	"  var r=e.querySelector('rect'),t=e.querySelector('text');\n"
	"  r.setAttribute('x',left+px);r.setAttribute('width',Math.max(pw-.5,.1));\n"
	"  t.setAttribute('x',left+px+3);\n"
	"  var n=Math.floor((pw-6)/charw),s=e.getAttribute('data-n');\n"
	"  t.textContent=n<3?'':s.length<=n?s:s.slice(0,n-2)+'..';\n"
	" });\n"
	" document.getElementById('reset').style.display=g&&w<1?'':'none';\n"
	"}\n"
	"function search(){\n"
	" var s=prompt('Functions and calls whose names contain:'),f=[],sum=0;\n"
	" all.forEach(function(e){\n"
	"  var hit=!!s&&e.getAttribute('data-n').toLowerCase().indexOf(s.toLowerCase())>=0;\n"
	"  e.classList.toggle('hit',hit);if(hit)f.push([num(e,'data-x'),num(e,'data-w')]);\n"
	" });\n"
	" f.sort(function(a,b){return a[0]-b[0]||b[1]-a[1];});\n"
	" f.reduce(function(to,e){if(e[0]<to-1e-9)return to;sum+=e[1];return e[0]+e[1];},0);\n"
	" document.getElementById('found').textContent=s?f.length+' boxes, '+\n"
	"  (100*sum).toFixed(2)+'%% of the time':'';\n"
	"}\n"
	"document.getElementById('search').addEventListener('click',search);\n"
	"document.addEventListener('keydown',function(e){if(e.key==='/'||(e.ctrlKey&&e.key==='f')){\n"
	" e.preventDefault();search();}});\n"
	"all.forEach(function(e){e.addEventListener('click',function(){zoom(e);});});\n"
	"document.getElementById('reset').addEventListener('click',function(){zoom(null);});\n"
	"zoom(null);\n"
	"})();\n"
	"]]></script>\n";

/* XML text; what is not printable ASCII becomes "?". */
static void xml(struct rsx_buf *b, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		switch (s[i]) {
		case '<':
			rsx_buf_adds(b, "&lt;");
			break;
		case '>':
			rsx_buf_adds(b, "&gt;");
			break;
		case '&':
			rsx_buf_adds(b, "&amp;");
			break;
		case '"':
			rsx_buf_adds(b, "&quot;");
			break;
		default:
			rsx_buf_addc(b, s[i] < ' ' || s[i] > '~' ? '?' : s[i]);
		}
	}
}

static unsigned height(const struct flame_node *n, uint64_t of)
{
	unsigned most = 0;

	for (const struct flame_node *c = n->child; c; c = c->next) {
		unsigned h = (double)c->ns < LEAST * (double)of ? 0 : height(c, of);

		most = h > most ? h : most;
	}
	return most + 1;
}

/* A warm colour that depends on the name alone; the calls themselves are blue. */
static void colour(struct rsx_buf *b, const struct flame_node *n)
{
	unsigned h = 5381;

	for (const char *p = n->name; *p; p++)
		h = h * 33 + (unsigned char)*p;
	if (n->child)
		rsx_buf_addf(b, "rgb(%u,%u,%u)", 205 + h % 50, 90 + h / 50 % 120, 40 + h / 6000 % 40);
	else
		rsx_buf_addf(b, "rgb(%u,%u,%u)", 120 + h % 40, 160 + h / 50 % 40, 215 + h / 6000 % 35);
}

static void label(struct rsx_buf *b, const char *name, double width)
{
	size_t len = strlen(name), room = width < 6 ? 0 : (size_t)((width - 6) / CHAR_WIDTH);

	if (room < 3)
		return;
	xml(b, name, len <= room ? len : room - 2);
	if (len > room)
		rsx_buf_adds(b, "..");
}

static void box(struct rsx_buf *b, const struct flame_node *n, double x, double w, unsigned depth,
		unsigned rows, uint64_t of)
{
	double px = MARGIN + x * (WIDTH - 2 * MARGIN), pw = w * (WIDTH - 2 * MARGIN);
	unsigned y = TOP + (rows - 1 - depth) * ROW;

	rsx_buf_addf(b, "<g data-x=\"%.9f\" data-w=\"%.9f\" data-d=\"%u\" data-n=\"", x, w, depth);
	xml(b, n->name, strlen(n->name));
	rsx_buf_adds(b, "\"><title>");
	xml(b, n->name, strlen(n->name));
	rsx_buf_addf(b, " (%.3f ms, %llu %s, %.2f%%)</title>", (double)n->ns / 1e6,
		     (unsigned long long)n->calls, n->calls == 1 ? "call" : "calls",
		     of ? 100.0 * (double)n->ns / (double)of : 100.0);
	rsx_buf_addf(b, "<rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%u\" rx=\"2\" fill=\"", px,
		     y, pw > 0.6 ? pw - 0.5 : 0.1, ROW - 1);
	colour(b, n);
	rsx_buf_addf(b, "\"/><text x=\"%.2f\" y=\"%u\">", px + 3, y + ROW - 5);
	label(b, n->name, pw);
	rsx_buf_adds(b, "</text></g>\n");
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct flame_node *const *)a)->name, (*(struct flame_node *const *)b)->name);
}

/* Children stand in the order of their names, so that two graphs can be compared. */
static void draw(struct rsx_buf *b, const struct flame_node *n, double x, double w,
		 unsigned depth, unsigned rows, uint64_t of)
{
	const struct flame_node **sorted;
	size_t count = 0, i = 0;

	box(b, n, x, w, depth, rows, of);
	for (const struct flame_node *c = n->child; c; c = c->next)
		count++;
	sorted = count ? malloc(count * sizeof(*sorted)) : NULL;
	if (!sorted)
		return;
	for (const struct flame_node *c = n->child; c; c = c->next)
		sorted[i++] = c;
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (i = 0; i < count; i++) {
		double share = of ? (double)sorted[i]->ns / (double)of : 0;

		if (share >= LEAST)
			draw(b, sorted[i], x, share, depth + 1, rows, of);
		x += share;
	}
	free(sorted);
}

void flame_svg(struct rsx_buf *b, const struct flame_node *root)
{
	unsigned rows = height(root, root->ns);
	unsigned high = TOP + rows * ROW + MARGIN;

	rsx_buf_addf(b,
		     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		     "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
		     "viewBox=\"0 0 %d %u\">\n",
		     WIDTH, high, WIDTH, high);
	rsx_buf_adds(b, style);
	rsx_buf_addf(b, "<rect width=\"%d\" height=\"%u\" fill=\"#fffdf6\"/>\n", WIDTH, high);
	rsx_buf_addf(b,
		     "<text id=\"head\" x=\"%d\" y=\"24\">Time in remote calls: %.3f ms in %llu "
		     "calls</text>\n<text id=\"reset\" x=\"%d\" y=\"24\" style=\"display:none\">"
		     "reset</text>\n<text id=\"search\" x=\"%d\" y=\"24\">search (/)</text>\n"
		     "<text id=\"found\" x=\"%d\" y=\"24\"></text>\n<g id=\"box\">\n",
		     MARGIN, (double)root->ns / 1e6, (unsigned long long)root->calls,
		     WIDTH - MARGIN - 40, WIDTH - MARGIN - 130, WIDTH / 2 - 60);
	draw(b, root, 0, 1, 0, rows, root->ns);
	rsx_buf_adds(b, "</g>\n");
	rsx_buf_addf(b, script, WIDTH - 2 * MARGIN, MARGIN, CHAR_WIDTH);
	rsx_buf_adds(b, "</svg>\n");
}
