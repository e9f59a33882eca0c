# SPDX-License-Identifier: GPL-2.0-or-later
# Node's worker threads, HTTP/2 with itself, fs.watch, a unix socket, a forked child, and a cluster that shares a port.
#: worlds net
#: needs node
#: ignore /srv/work/b.gz
cat >a.js <<'E'
const {Worker,isMainThread,parentPort,workerData}=require('worker_threads'),cluster=require('cluster'),http2=require('http2'),fs=require('fs'),net=require('net'),cp=require('child_process'),zlib=require('zlib');
if(!isMainThread){fs.writeFileSync('w'+workerData,'x'.repeat(workerData));parentPort.postMessage(workerData*2);return}
if(cluster.isPrimary&&!process.argv[2]){(async()=>{
 const r=await Promise.all([1,2,3,4].map(i=>new Promise(s=>new Worker(__filename,{workerData:i}).on('message',s))));console.log(r);
 const s=http2.createServer();s.on('stream',(st,h)=>{st.respond({':status':200});st.end('h2 '+h[':path'])});await new Promise(k=>s.listen(0,'127.0.0.1',k));const c=http2.connect('http://127.0.0.1:'+s.address().port);
 const out=await Promise.all(Array.from({length:20},(_,i)=>new Promise(k=>{const q=c.request({':path':'/'+i});let d='';q.on('data',x=>d+=x);q.on('end',()=>k(d))})));console.log(out.join());c.close();s.close();
 await fs.promises.mkdir('d/e',{recursive:true});const w=fs.watch('d',(e,f)=>{console.log(e,f);w.close()});await fs.promises.writeFile('d/f','z');await new Promise(k=>w.on('close',k));
 for await(const x of await fs.promises.opendir('d'))console.log(x.name);await fs.promises.rm('d',{recursive:true});
 const us=net.createServer(k=>k.pipe(k)).listen('us');await new Promise(k=>us.on('listening',k));const uc=net.connect('us');uc.write('echo');uc.once('data',d=>{console.log(''+d);uc.end();us.close()});
 console.log(cp.execFileSync('uname',['-n']).toString().trim(),cp.spawnSync('sh',['-c','exit 7']).status);const f=cp.fork(__filename,['child']);f.send({a:1});f.on('message',m=>{console.log(m);f.disconnect()});
 await new Promise(k=>f.on('exit',k));
 for(let i=0;i<3;i++)cluster.fork();let n=0;cluster.on('listening',async(wk,ad)=>{if(++n==3){const seen=new Set();for(let i=0;i<12;i++)seen.add(await new Promise(k=>require('http').get({port:ad.port,host:'127.0.0.1',agent:false},q=>{let d='';q.on('data',x=>d+=x);q.on('end',()=>k(d))})));console.log('workers',seen.size);for(const w of Object.values(cluster.workers))w.kill()}});
 await new Promise(k=>{let e=0;cluster.on('exit',(w,c,sig)=>{if(++e==3)k()})});
 const st=fs.createReadStream('/srv/data/blob.bin').pipe(zlib.createGzip()).pipe(fs.createWriteStream('b.gz'));await new Promise(k=>st.on('finish',k));console.log(zlib.gunzipSync(fs.readFileSync('b.gz')).length);
 require('dns').lookup('localhost',(e,a)=>console.log(e?e.code:a));
})()}
else if(process.argv[2]==='child'){process.on('message',m=>process.send({got:m}))}
else require('http').createServer((q,s)=>s.end(''+process.pid)).listen(7098,'127.0.0.1');
E
node a.js; echo $?; rm a.js
