import { readFile } from 'node:fs/promises';
import { Transactor } from '@novate/client';
import { openCluster } from './cluster/cluster.js';
import { deployProgram } from './deploy/deploy.js';
import { generateKeyPairSigner } from '@solana/kit';
const t0=performance.now(); const lap=(s:string)=>console.log(s,(performance.now()-t0).toFixed(0));
const cluster = await openCluster({ rpcPort: 8899, wsPort: 8900 });
const tx = new Transactor(cluster.connection, cluster.faucet);
const code = new Uint8Array((await readFile(process.argv[2]!)).subarray(0, Number(process.argv[3]??1e9)));
try { const d = await deployProgram(tx, await generateKeyPairSigner(), code, (w,o)=>{ if(w%100===0) lap(`${w}/${o}`)}); lap(JSON.stringify(d)); } catch(e:any) { lap(e.message); }
cluster.stop(); process.exit(0);
