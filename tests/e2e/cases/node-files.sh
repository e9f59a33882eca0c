# SPDX-License-Identifier: GPL-2.0-or-later
# node reading and writing a tree: synchronously, with promises, with streams; modules over there; a child process.
#: worlds debian
#: needs node
mkdir -p node_modules/far lib; echo 'exports.answer = 42; exports.where = __filename;' >node_modules/far/index.js; echo 'export const twice = (n) => 2 * n;' >lib/twice.mjs
cat >tree.js <<-END
	const fs = require('fs'), path = require('path'), { execFileSync } = require('child_process'), far = require('far');
	const walk = (d) => fs.readdirSync(d, { withFileTypes: true }).sort((a, b) => a.name < b.name ? -1 : 1).flatMap((e) => e.isDirectory() ? walk(path.join(d, e.name)) : [path.join(d, e.name) + (e.isSymbolicLink() ? ' -> ' + fs.readlinkSync(path.join(d, e.name)) : '')]);
	(async () => {
		console.log(far.answer, far.where, process.argv[1], process.cwd(), require('os').hostname());
		fs.cpSync('/srv/data/sub', 'copy', { recursive: true, preserveTimestamps: true });
		console.log(walk('copy'), walk('/srv/data').length);
		const { twice } = await import('./lib/twice.mjs'); console.log(twice(21));
		await Promise.all([...Array(40).keys()].map((i) => fs.promises.writeFile('copy/f' + i, 'x'.repeat(i * 1000))));
		console.log((await Promise.all(fs.readdirSync('copy').map((n) => fs.promises.stat('copy/' + n)))).reduce((n, s) => n + s.size, 0) > 780000);
		await require('stream/promises').pipeline(fs.createReadStream('/srv/data/blob.bin'), require('zlib').createGzip(), fs.createWriteStream('blob.gz'));
		console.log(require('zlib').gunzipSync(fs.readFileSync('blob.gz')).equals(fs.readFileSync('/srv/data/blob.bin'))); fs.unlinkSync('blob.gz');
		fs.symlinkSync('f1', 'copy/link'); fs.renameSync('copy/f2', 'copy/g2'); fs.chmodSync('copy/g2', 0o600); fs.utimesSync('copy/g2', 1e9, 1e9); fs.truncateSync('copy/f3', 10);
		const seen = new Promise((done) => { const w = fs.watch('copy', (what, name) => { w.close(); done([what, name]); }); }); setTimeout(() => fs.writeFileSync('copy/new', ''), 50); console.log(await seen);
		for (const bad of ['/srv/none', '/srv/WORLD/x', '/srv/data/loop']) try { fs.openSync(bad); } catch (e) { console.log(e.code, e.syscall, e.path); }
		console.log(execFileSync('sh', ['-c', 'uname -n; ls copy | wc -l']).toString()); fs.rmSync('copy/f39'); console.log(fs.existsSync('copy/f39'), fs.mkdtempSync('t-').length); fs.rmSync(fs.readdirSync('.').find((n) => n.startsWith('t-')), { recursive: true });
	})();
END
node tree.js; echo $?; node -e 'process.stdin.pipe(process.stdout)' </srv/data/hello.txt; node -p 'require("fs").realpathSync("/srv/data/link-to-dir")'
