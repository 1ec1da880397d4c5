import { Transactor } from '@novate/client';
import { openCluster } from './cluster/cluster.js';
import { generateKeyPairSigner } from '@solana/kit';
import { getTransferSolInstruction } from '@solana-program/system';
const cluster = await openCluster({ rpcPort: 8899, wsPort: 8900 });
for (const c of ['processed','confirmed'] as const) {
const tx = new Transactor(cluster.connection, cluster.faucet, c);
const to = await generateKeyPairSigner();
const ts:number[]=[];
for (let i=0;i<15;i++){ const t=performance.now(); await tx.send('x',[getTransferSolInstruction({source:cluster.faucet,destination:to.address,amount:1000000+i})]); ts.push(performance.now()-t);}
console.log(c,'serial',ts.map(x=>x.toFixed(0)).join(' '));
const t=performance.now(); await Promise.all(Array.from({length:200},(_, i)=>tx.send('x',[getTransferSolInstruction({source:cluster.faucet,destination:to.address,amount:2000000+i})])));
console.log('200 parallel',performance.now()-t, process.cpuUsage());
}
cluster.stop(); process.exit(0);
