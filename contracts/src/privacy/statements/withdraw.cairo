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
    let Withdrawal { balance_hint, c, s_x, range } = withdrawal;
    curve::assert_scalar(s_x);
    let p = curve::nonzero(key);

    let mut t = TranscriptImpl::start(OP_WITHDRAW, ctx);
    t.point(key);
    t.append(to.into());
    t.append(amount.into());
    t.append(balance_hint);
    let c_felt: felt252 = c.into();
    let values = range::replay(ref t, range, [16].span(), c_felt);

    let rest = curve::sub_plain(ctx.balance, amount);
    announce1(ref t, s_x, curve::generator_g(), c_felt, p.into());
    announce2(ref t, *values[0], s_x, curve::load(rest.r), c_felt, curve::load(rest.l));
    t.verify(c);
    rest
}
