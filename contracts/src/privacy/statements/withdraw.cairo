//! Withdraw: what stays in the balance after a public amount is a 64-bit integer.

use starknet::ContractAddress;
use crate::privacy::interface::{Ciphertext, Point, Withdrawal};
use crate::privacy::statements::{announce1, announce2};
use crate::privacy::transcript::{Context, OP_WITHDRAW, TranscriptImpl, TranscriptTrait};
use crate::privacy::{curve, range};

/// Returns the balance after the withdrawal.
pub fn verify_withdraw(
    ctx: Context, key: Point, to: ContractAddress, amount: u64, withdrawal: Withdrawal,
) -> Ciphertext {
    let Withdrawal { balance_hint, c, s_x, s_left, s_left_rand, left } = withdrawal;
    curve::assert_scalar(s_x);
    curve::assert_scalar(s_left);
    curve::assert_scalar(s_left_rand);
    let p = curve::nonzero(key);

    let mut t = TranscriptImpl::start(OP_WITHDRAW, ctx);
    t.point(key);
    t.append(to.into());
    t.append(amount.into());
    t.append(balance_hint);
    let v_left = range::replay(ref t, left, 64, c);

    let g = curve::generator_g();
    let c_felt: felt252 = c.into();
    let rest = curve::sub_plain(ctx.balance, amount);
    announce1(ref t, s_x, g, c_felt, p.into());
    announce2(ref t, s_left, g, s_x, curve::load(rest.r), c_felt, curve::load(rest.l));
    announce2(ref t, s_left, g, s_left_rand, curve::generator_h().into(), c_felt, v_left);
    t.verify(c);
    rest
}
