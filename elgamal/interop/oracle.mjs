// Answers questions read from stdin as JSON with what the published packages compute, as JSON on stdout.
// Numbers are hexadecimal strings, points pairs of them; 'verify' questions are answered with true or false.
import { readFileSync } from 'node:fs';
import { constants, protocols, scure, she } from './load.mjs';

const g = constants.GENERATOR, h = constants.SECONDARY_GENERATOR;
const Point = scure.ProjectivePoint;
const n = (s) => BigInt(s);
const hex = (v) => '0x' + v.toString(16);
const point = ([x, y]) => Point.fromAffine({ x: n(x), y: n(y) });
const pair = (p) => { const { x, y } = p.toAffine(); return [hex(x), hex(y)]; };
const attempt = (f) => { try { return f(); } catch { return false; } };

const answers = {
  generators: () => [pair(g), pair(h)],
  multiply: ({ k, p }) => pair(point(p).multiply(n(k))),
  add: ({ p, q }) => pair(point(p).add(point(q))),
  pedersen: ({ a, b }) => hex(n(scure.pedersen(n(a), n(b)))),
  poseidon: ({ values }) => hex(scure.poseidonHashMany((values ?? []).map(n))),
  sign: ({ key, hash }) => { const s = scure.sign(hash, key); return [hex(s.r), hex(s.s)]; },
  // ElGamal encryption of v under P with randomness r, by she's prover of well-formed ciphertexts.
  encrypt: ({ v, r, p }) => { const { inputs } = protocols.ElGamal.prove(n(v), n(r), g, point(p), 1n); return [pair(inputs.L), pair(inputs.R)]; },
  // Proofs that she makes: statement and transcript.
  provePoe: ({ x, prefix }) => {
    const { inputs, proof } = protocols.poe.prove(n(x), g, n(prefix));
    return { y: pair(inputs.y), A: pair(proof.A), s: hex(proof.s), c: hex(she.compute_challenge(n(prefix), [proof.A])) };
  },
  proveBit: ({ bit = 0, r, prefix }) => {
    const { inputs, proof } = protocols.bit.prove(bit, n(r), g, h, n(prefix));
    const c = she.compute_challenge(n(prefix), [inputs.V, proof.A0, proof.A1]);
    return { V: pair(inputs.V), A0: pair(proof.A0), A1: pair(proof.A1), c0: hex(proof.c0), c1: hex(she.subtract_modulo_curve_order(c, proof.c0)), s0: hex(proof.s0), s1: hex(proof.s1) };
  },
  // Equations of our proofs, checked by she: y = xg, and (L, R) = (bg + rp, rg).
  verifyPoe: ({ y, base, A, c, s }) => attempt(() => protocols.poe._verify(point(y), point(base), point(A), n(c), n(s))),
  verifyElGamal: ({ L, R, p, AL, AR, c, sb, sr }) =>
    attempt(() => protocols.ElGamal._verify(point(L), point(R), g, point(p), point(AL), point(AR), n(c), n(sb), n(sr))),
};

const questions = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(questions.map((q) => answers[q.ask](q))));
