import { test } from '@jest/globals';
import { makeServer, simulate } from './simulate.js';
import { Random } from '../crash/random.mjs';
test('x', () => {
  for (const kind of ['fixed','sliding','bucket'] as const) for (const [limit,w] of [[1000,3600000],[100,60000],[40,2000]] as const) for (const prec of ['exact','seconds'] as const) for (const share of [0,0.3]) for (const reserve of [0, Math.floor(limit*0.2)]) {
    if (limit===40 && prec==='seconds') continue;
    const r = new Random(7);
    const hours = w*10;
    const t = simulate({server: makeServer(kind,limit,w,prec), durationMs: hours, concurrency: 8, reserve:{count:reserve}, reserveCalls: reserve,
      latencyMs:()=> limit===40? 10+r.next()*30 : 50+r.next()*250, nextOther: ()=> share===0?Infinity: -Math.log(1-r.next())*(w/limit)/share });
    const perW:Record<number,number>={}; for(const at of t.refusedAt){const k=Math.floor(at/w);perW[k]=(perW[k]??0)+1}
    const cap = kind==='fixed'? limit*10 : kind==='bucket'? limit*11 : limit*10;
    console.log(kind,limit,w,prec,'others',share,'reserve',reserve,'util',((t.ours+t.theirs+ (reserve? reserve*10:0))/cap).toFixed(3),'ours',t.ours,'theirs',t.theirs,'429s',t.refusedAt.length,'max/window',Math.max(0,...Object.values(perW)),'intoReserve',t.intoReserve);
  }
});
