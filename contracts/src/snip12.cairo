//! Typed-data hashes of SNIP-12, revision 1, in the domain of SAGE.

use core::poseidon::poseidon_hash_span;
use starknet::{ContractAddress, get_tx_info};

const DOMAIN_TYPE: felt252 = selector!(
    "\"StarknetDomain\"(\"name\":\"shortstring\",\"version\":\"shortstring\",\"chainId\":\"shortstring\",\"revision\":\"shortstring\")",
);
const U256_TYPE: felt252 = selector!("\"u256\"(\"low\":\"u128\",\"high\":\"u128\")");

const REVISION: felt252 = 1;

/// The domain separator on the chain that this runs on.
pub fn domain_hash() -> felt252 {
    domain_hash_on(get_tx_info().chain_id)
}

pub fn domain_hash_on(chain_id: felt252) -> felt252 {
    poseidon_hash_span([DOMAIN_TYPE, 'SAGE', '1', chain_id, REVISION].span())
}

/// What stands for a u256 member.
pub fn u256_hash(value: u256) -> felt252 {
    poseidon_hash_span([U256_TYPE, value.low.into(), value.high.into()].span())
}

/// What `account` signs.
pub fn message_hash(domain: felt252, account: ContractAddress, struct_hash: felt252) -> felt252 {
    poseidon_hash_span(['StarkNet Message', domain, account.into(), struct_hash].span())
}
