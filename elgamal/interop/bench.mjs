// Times a transfer of the published Tongo SDK with two 64-bit range proofs: amount and leftover. Prints
// one line of JSON: the least of RUNS runs in milliseconds, after one that is not counted.
import { performance } from 'node:perf_hooks';
import { constants, transfer } from './load.mjs';

const runs = Number(process.argv[2] ?? 3);
const g = constants.GENERATOR;
const x = 123456789n, to = g.multiply(987654321n);
const balance = 1n << 40n, amount = (1n << 33n) + 5n, r = 7432847328432n;
const y = g.multiply(x);
const current = { L: g.multiply(balance).add(y.multiply(r)), R: g.multiply(r) };
const prefix = { chain_id: 1n, tongo_address: 2n, sender_address: 3n };

const least = { prove_ms: Infinity, verify_ms: Infinity };
for (let i = 0; i <= runs; i++) {
  const t0 = performance.now();
  const { inputs, proof } = transfer.proveTransfer(x, to, balance, amount, current, 7n, 64, prefix);
  const t1 = performance.now();
  transfer.verifyTransfer(inputs, proof); // throws when it does not verify
  const t2 = performance.now();
  if (i === 0) continue;
  least.prove_ms = Math.min(least.prove_ms, t1 - t0);
  least.verify_ms = Math.min(least.verify_ms, t2 - t1);
}
console.log(JSON.stringify(least));
