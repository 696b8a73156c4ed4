//! The Fiat-Shamir transcript: one felt sequence a proof, hashed with Poseidon. One with a range
//! proof is hashed in two parts, of which the second begins with the hash of the first.

use core::ec::{EcPointTrait, NonZeroEcPoint};
use core::poseidon::poseidon_hash_span;
use starknet::ContractAddress;
use crate::privacy::curve;
use crate::privacy::interface::{Ciphertext, Half, Point};

const DOMAIN: felt252 = 'SAGE/PAY/1';

/// Statement numbers; docs/payments.md lists them.
pub const OP_REGISTER: felt252 = 1;
pub const OP_PAY: felt252 = 3;
pub const OP_WITHDRAW: felt252 = 8;
pub const OP_RAGEQUIT: felt252 = 9;
pub const OP_ROTATE: felt252 = 10;

/// What every proof is bound to besides its own statement. `key_epoch` is 0 in statements that no
/// auditor key takes part in; `nonce` and `balance` are those before the call.
#[derive(Copy, Drop, Serde)]
pub struct Context {
    pub chain_id: felt252,
    pub contract: ContractAddress,
    pub caller: ContractAddress,
    pub asset: ContractAddress,
    pub key_epoch: u64,
    pub nonce: u64,
    pub balance: Ciphertext,
}

#[generate_trait]
pub impl TranscriptImpl of TranscriptTrait {
    fn start(op: felt252, c: Context) -> Array<felt252> {
        let mut t = array![
            DOMAIN, op, c.chain_id, c.contract.into(), c.caller.into(), c.asset.into(),
            c.key_epoch.into(), c.nonce.into(),
        ];
        t.point(c.balance.l);
        t.point(c.balance.r);
        t
    }

    fn point(ref self: Array<felt252>, p: Point) {
        self.append(p.x);
        self.append(p.y);
    }

    fn nonzero(ref self: Array<felt252>, p: NonZeroEcPoint) {
        let (x, y) = p.coordinates();
        self.append(x);
        self.append(y);
    }

    fn announcement(ref self: Array<felt252>, p: Option<NonZeroEcPoint>) {
        match p {
            Some(nz) => self.nonzero(nz),
            None => self.point(curve::ORIGIN),
        }
    }

    fn half(ref self: Array<felt252>, h: Half) {
        self.point(h.r);
        self.point(h.payer);
        self.point(h.worker);
        self.point(h.auditor);
    }

    /// Puts the hash of all felts in their place, and returns it.
    fn fold(ref self: Array<felt252>) -> felt252 {
        let hash = poseidon_hash_span(self.span());
        self = array![hash];
        hash
    }

    /// The low 128 bits of the hash must be `c`.
    fn verify(self: @Array<felt252>, c: u128) {
        let hash: u256 = poseidon_hash_span(self.span()).into();
        assert(hash.low == c, 'proof does not verify');
    }
}
