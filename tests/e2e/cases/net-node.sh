# SPDX-License-Identifier: GPL-2.0-or-later
# Node: an HTTP server and clients, sockets, files, workers, child processes, names.
#: worlds net
#: needs node curl
. t-net
cat >server.js <<'END'
const http = require("http"), fs = require("fs"), crypto = require("crypto");
http.createServer((req, res) => {
  if (req.url === "/quit") { res.end("bye\n"); process.exit(0); }
  if (req.method === "POST") {
    const hash = crypto.createHash("sha256");
    req.pipe(hash).on("finish", () => res.end(hash.digest("hex") + "\n"));
  } else
    fs.createReadStream("/srv/data" + req.url).on("error", (e) => { res.statusCode = 404; res.end(e.code + "\n"); }).pipe(res);
}).listen(8080, "10.77.0.1");
END
node server.js & server=$!; listening 8080
far 'curl -sS http://lan.far:8080/hello.txt; curl -sS --data-binary @/srv/data/blob.bin http://lan.far:8080/; for i in 1 2 3 4 5; do curl -sS http://lan.far:8080/long.txt | sha256sum & done; wait; curl -sS http://lan.far:8080/none; curl -sS http://lan.far:8080/quit'
wait $server; echo $?
far 'cd /srv/data; python3 -m http.server 8000 --bind :: >/dev/null 2>&1 & t-listening 8000; t-echo epoll 10.77.0.1 8001 1 >/dev/null 2>&1 & t-listening 8001'
cat >client.js <<'END'
const http = require("http"), net = require("net"), dns = require("dns").promises, os = require("os");
const fsp = require("fs").promises, { Worker } = require("worker_threads"), cp = require("child_process"), dgram = require("dgram");
const { promisify } = require("util");
const get = (url) => new Promise((done, fail) => http.get(url, (res) => {
  let n = 0; res.on("data", (d) => n += d.length).on("end", () => done([res.statusCode, n]));
}).on("error", fail));
(async () => {
  console.log(os.hostname(), await dns.lookup("lan.far"), await dns.lookup("six.far"));
  console.log(await Promise.all(["hello.txt", "blob.bin", "long.txt", "none"].map((n) => get("http://lan.far:8000/" + n))));
  await get("http://lan.far:1/").catch((e) => console.log(e.code)); await dns.lookup("no.far").catch((e) => console.log(e.code));
  await new Promise((done) => {
    const s = net.connect(8001, "lan.far"); let got = "";
    s.on("data", (d) => got += d).on("end", () => { console.log(got.length); done(); }).end("x".repeat(200000));
  });
  await fsp.mkdir("d/e", { recursive: true }); await fsp.writeFile("d/e/f", "text"); await fsp.appendFile("d/e/f", " more");
  console.log(await fsp.readFile("d/e/f", "utf8"), (await fsp.stat("d/e/f")).size, await fsp.readdir("/srv/data/sub"));
  await fsp.rename("d/e/f", "d/g"); await fsp.copyFile("/srv/data/blob.bin", "d/blob"); await fsp.rm("d/e", { recursive: true });
  await fsp.readFile("none").catch((e) => console.log(e.code)); await fsp.symlink("g", "d/l"); console.log(await fsp.realpath("d/l"));
  const far = await promisify(cp.execFile)("t-there", ["10.77.0.1", "hostname"]); console.log(far.stdout.trim());
  const cat = cp.spawn("sh", ["-c", "cat; exit 3"]); cat.stdout.on("data", (d) => console.log(d.toString())); cat.stdin.end("through cat");
  console.log(await new Promise((done) => cat.on("close", done))); console.log(cp.execSync("uname -n; pwd").toString());
  const workers = [1, 2, 3].map((i) => new Promise((done) => new Worker(
    `const { parentPort, workerData } = require("worker_threads"); parentPort.postMessage(require("fs").readFileSync("/srv/data/hello.txt").length * workerData)`,
    { eval: true, workerData: i }).on("message", done)));
  console.log(await Promise.all(workers));
  const child = cp.fork("ipc.js"); child.send({ question: 6 }); console.log(await new Promise((done) => child.on("message", done)));
  await new Promise((done) => {
    const u = dgram.createSocket("udp4"); u.on("message", (m) => { console.log(m.toString()); u.close(done); });
    u.bind(8082, "10.77.0.1", () => u.send("datagram", 8082, "10.77.0.1"));
  });
  const watch = require("fs").watch("d", (what, name) => { console.log(what, name); watch.close(); }); await fsp.writeFile("d/new", "");
})();
END
echo 'process.on("message", (m) => { process.send({ answer: m.question * 7 }); process.disconnect(); })' >ipc.js
node client.js; echo $?
