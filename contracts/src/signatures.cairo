//! ECDSA on the STARK curve with the ranges that the library function leaves to its caller.

use core::ec::stark_curve::ORDER;
use core::ecdsa::check_ecdsa_signature;
use crate::interfaces::Signature;

/// Whether `signature` of `hash` verifies under the key with x-coordinate `key`. Refuses r or s of
/// zero or not below the curve order, and keys that are no point's x-coordinate.
pub fn verifies(hash: felt252, key: felt252, signature: Signature) -> bool {
    in_scalar_range(signature.r)
        && in_scalar_range(signature.s)
        && check_ecdsa_signature(hash, key, signature.r, signature.s)
}

fn in_scalar_range(scalar: felt252) -> bool {
    let value: u256 = scalar.into();
    value != 0 && value < ORDER.into()
}
