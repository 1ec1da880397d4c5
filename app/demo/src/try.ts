import { readFile } from 'node:fs/promises';
import { Transactor } from '@novate/client';
import { openCluster } from './cluster/cluster.js';
import { deployProgram, readKeyPair } from './deploy/deploy.js';
import { generateKeyPairSigner } from '@solana/kit';
const t0=performance.now(); const lap=(s:string)=>console.log(s,(performance.now()-t0).toFixed(0));
const cluster = await openCluster({ rpcPort: 8899, wsPort: 8900 });
lap('up '+cluster.connection.url);
const tx = new Transactor(cluster.connection, cluster.faucet);
const key = process.argv[3] ? await readKeyPair(process.argv[3]) : await generateKeyPairSigner();
try {
const d = await deployProgram(tx, key, await readFile(process.argv[2]!), (w,o)=>{ if(w%100===0) lap(`${w}/${o}`)});
lap(JSON.stringify(d));
await cluster.cheats.travelTo((await cluster.cheats.now())+3600n); lap('travel');
const d2 = await deployProgram(tx, key, await readFile(process.argv[2]!)); lap(JSON.stringify(d2));
} catch(e) { console.log(e); }
console.log(tx.counts);
cluster.stop();
