//! Statements about one secret key: register, auditor rotation, ragequit.

use core::ec::EcStateTrait;
use starknet::ContractAddress;
use crate::privacy::curve;
use crate::privacy::interface::{KeyProof, Point};
use crate::privacy::statements::announce1;
use crate::privacy::transcript::{
    Context, OP_RAGEQUIT, OP_REGISTER, OP_ROTATE, TranscriptImpl, TranscriptTrait,
};

/// P = xG, bound to the caller.
pub fn verify_register(ctx: Context, key: Point, proof: KeyProof) {
    verify_possession(OP_REGISTER, ctx, key, proof);
}

/// K = kG for the auditor key of epoch ctx.key_epoch.
pub fn verify_rotation(ctx: Context, key: Point, proof: KeyProof) {
    verify_possession(OP_ROTATE, ctx, key, proof);
}

fn verify_possession(op: felt252, ctx: Context, key: Point, proof: KeyProof) {
    curve::assert_scalar(proof.s);
    let p = curve::nonzero(key);
    let mut t = TranscriptImpl::start(op, ctx);
    t.point(key);
    announce1(ref t, proof.s, curve::generator_g(), proof.c.into(), p.into());
    t.verify(proof.c);
}

/// P = xG and L - aG = xR: the balance is exactly a.
pub fn verify_ragequit(
    ctx: Context, key: Point, to: ContractAddress, amount: u64, proof: KeyProof,
) {
    curve::assert_scalar(proof.s);
    let c: felt252 = proof.c.into();
    let p = curve::nonzero(key);
    let mut t = TranscriptImpl::start(OP_RAGEQUIT, ctx);
    t.point(key);
    t.append(to.into());
    t.append(amount.into());
    announce1(ref t, proof.s, curve::generator_g(), c, p.into());
    let rest = curve::sub_plain(ctx.balance, amount);
    let mut state = EcStateTrait::init();
    curve::add_mul(ref state, proof.s, curve::load(rest.r));
    curve::sub_mul(ref state, c, curve::load(rest.l));
    t.announcement(state.finalize_nz());
    t.verify(proof.c);
}
