//! Pay: both halves encrypt the same 32-bit integers to payer, worker and auditor, and what stays
//! in the payer's balance is a 64-bit integer.

use core::ec::{EcPoint, NonZeroEcPoint};
use starknet::ContractAddress;
use crate::privacy::interface::{Ciphertext, Half, Payment, Point};
use crate::privacy::statements::{announce1, announce2};
use crate::privacy::transcript::{Context, OP_PAY, TranscriptImpl, TranscriptTrait};
use crate::privacy::{curve, range};

/// What a payment is for: keys as stored, the attempt, and its worker.
#[derive(Copy, Drop, Serde)]
pub struct Terms {
    pub payer_key: Point,
    pub worker_key: Point,
    pub auditor_key: Point,
    pub job_id: u128,
    pub attempt: u32,
    pub worker: ContractAddress,
}

/// Returns the payer's balance after the payment.
pub fn verify_pay(ctx: Context, terms: Terms, payment: Payment) -> Ciphertext {
    let Payment { lo, hi, payer_hint, worker_hint, balance_hint, proof } = payment;
    let c: felt252 = proof.c.into();
    curve::assert_scalar(proof.s_x);
    curve::assert_scalar(proof.s_r0);
    curve::assert_scalar(proof.s_r1);
    // R_0 = R_1 or R_0 = -R_1 would show the difference or the sum of the halves.
    assert(lo.r.x != hi.r.x, 'halves share randomness');
    let keys = Keys {
        payer: curve::nonzero(terms.payer_key),
        worker: curve::nonzero(terms.worker_key),
        auditor: curve::nonzero(terms.auditor_key),
    };

    let mut t = TranscriptImpl::start(OP_PAY, ctx);
    t.point(terms.payer_key);
    t.point(terms.worker_key);
    t.point(terms.auditor_key);
    t.half(lo);
    t.half(hi);
    t.append(terms.job_id.into());
    t.append(terms.attempt.into());
    t.append(terms.worker.into());
    t.append(payer_hint);
    t.append(worker_hint);
    t.append(balance_hint);

    let values = range::replay(ref t, proof.range, [8, 8, 16].span(), c);
    announce1(ref t, proof.s_x, curve::generator_g(), c, keys.payer.into());
    announce_half(ref t, lo, *values[0], proof.s_r0, c, keys);
    announce_half(ref t, hi, *values[1], proof.s_r1, c, keys);
    let left = curve::sub_halves(
        ctx.balance, Ciphertext { l: lo.payer, r: lo.r }, Ciphertext { l: hi.payer, r: hi.r },
    );
    announce2(ref t, *values[2], proof.s_x, curve::load(left.r), c, curve::load(left.l));
    t.verify(proof.c);
    left
}

#[derive(Copy, Drop)]
struct Keys {
    payer: NonZeroEcPoint,
    worker: NonZeroEcPoint,
    auditor: NonZeroEcPoint,
}

/// R = rG, L_K = bG + rK for three keys. `b_g` is the response for b times G.
fn announce_half(
    ref t: Array<felt252>, half: Half, b_g: EcPoint, s_r: felt252, c: felt252, keys: Keys,
) {
    announce1(ref t, s_r, curve::generator_g(), c, curve::nonzero(half.r).into());
    announce2(ref t, b_g, s_r, keys.payer.into(), c, curve::nonzero(half.payer).into());
    announce2(ref t, b_g, s_r, keys.worker.into(), c, curve::nonzero(half.worker).into());
    announce2(ref t, b_g, s_r, keys.auditor.into(), c, curve::nonzero(half.auditor).into());
}
