//! ECDSA on the STARK curve, the signer's side.

use core::ec::stark_curve::{GEN_X, GEN_Y, ORDER};
use core::ec::{EcPoint, EcPointTrait};
use core::math::{u256_inv_mod, u256_mul_mod_n};
use crate::interfaces::Signature;

/// The x-coordinate of `secret` times the generator.
pub fn public_key(secret: felt252) -> felt252 {
    times_generator(secret)
}

/// Signs `hash`. The nonce follows from key and hash, well enough for a test.
pub fn sign(hash: felt252, secret: felt252) -> Signature {
    let order: u256 = ORDER.into();
    let n: NonZero<u256> = order.try_into().unwrap();
    let nonce = core::poseidon::poseidon_hash_span([hash, secret].span());
    let r = times_generator(nonce);
    let k: u256 = nonce.into();
    let inverse: u256 = u256_inv_mod(k % order, n).unwrap().into();
    let z: u256 = hash.into();
    let sum = (z % order + u256_mul_mod_n(r.into(), secret.into(), n)) % order;
    let s = u256_mul_mod_n(sum, inverse, n);
    Signature { r, s: s.try_into().unwrap() }
}

fn times_generator(scalar: felt252) -> felt252 {
    let generator = EcPointTrait::new(GEN_X, GEN_Y).unwrap();
    let point: EcPoint = generator.mul(scalar);
    let nz: NonZero<EcPoint> = point.try_into().unwrap();
    nz.x()
}
