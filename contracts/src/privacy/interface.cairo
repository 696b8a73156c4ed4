//! The values of private payments and the trait of PrivacyRouter.

use starknet::ContractAddress;

/// One private unit in wei of SAGE.
pub const UNIT: u256 = 1_000_000_000;

/// A point of the STARK curve; (0, 0) is the identity O.
#[derive(Copy, Drop, Serde, PartialEq, Debug, starknet::Store)]
pub struct Point {
    pub x: felt252,
    pub y: felt252,
}

/// ElGamal with the value in the exponent: L = vG + rP, R = rG.
#[derive(Copy, Drop, Serde, PartialEq, Debug)]
pub struct Ciphertext {
    pub l: Point,
    pub r: Point,
}

/// One 32-bit half of a payment under one randomness: R = rG, L_K = bG + rK for the keys of payer,
/// worker and auditor. A payment is lo + 2^32 hi.
#[derive(Copy, Drop, Serde, PartialEq, Debug)]
pub struct Half {
    pub r: Point,
    pub payer: Point,
    pub worker: Point,
    pub auditor: Point,
}

/// Proof of knowledge of one secret key (register, ragequit, auditor rotation).
#[derive(Copy, Drop, Serde)]
pub struct KeyProof {
    pub c: u128,
    pub s: felt252,
}

/// That all integers of a statement have their widths: a commitment to their digits of base 16,
/// fifteen to coefficients of the products that vanish for digits, and responses: for the blinding
/// factors of the former and of the latter, and for each digit, lowest digit first.
#[derive(Copy, Drop, Serde)]
pub struct RangeProof {
    pub digits: Point,
    pub products: Span<Point>,
    pub s_digits: felt252,
    pub s_product: felt252,
    pub s: Span<felt252>,
}

/// One challenge for all equations of a payment. The digits are those of the low half (8), the high
/// half (8) and of what stays in the balance (16).
#[derive(Copy, Drop, Serde)]
pub struct PaymentProof {
    pub c: u128,
    pub s_x: felt252,
    pub s_r0: felt252,
    pub s_r1: felt252,
    pub range: RangeProof,
}

/// What a payer sends. A hint is an authenticated encryption of the value for its reader, 24 bytes;
/// the contract binds and stores hints, and never opens one.
#[derive(Copy, Drop, Serde)]
pub struct Payment {
    pub lo: Half,
    pub hi: Half,
    pub payer_hint: felt252,
    pub worker_hint: felt252,
    pub balance_hint: felt252,
    pub proof: PaymentProof,
}

/// What an owner sends to take a public amount out. The 16 digits are those of what stays.
#[derive(Copy, Drop, Serde)]
pub struct Withdrawal {
    pub balance_hint: felt252,
    pub c: u128,
    pub s_x: felt252,
    pub range: RangeProof,
}

/// The payment tuple. Its hash Poseidon('SAGE/ESCROW/1', every felt of it) is what a slot stores.
#[derive(Copy, Drop, Serde, PartialEq, Debug)]
pub struct Escrow {
    pub job_id: u128,
    pub attempt: u32,
    pub payer: ContractAddress,
    pub worker: ContractAddress,
    pub payer_key: Point,
    pub worker_key: Point,
    pub key_epoch: u64,
    pub lo: Half,
    pub hi: Half,
}

#[derive(Copy, Drop, Serde, PartialEq, Debug, Default)]
pub enum EscrowStatus {
    #[default]
    None,
    Locked,
    /// Tombstone: the worker was credited.
    Released,
    /// Tombstone: the payer was credited.
    Refunded,
}

/// An account. `balance` and `nonce` change only by the owner's own calls; releases and
/// refunds credit `pending_lo` and `pending_hi`, whose value is lo + 2^32 hi.
#[derive(Copy, Drop, Serde, PartialEq, Debug)]
pub struct Account {
    /// Never changes once registered; O before.
    pub key: Point,
    pub balance: Ciphertext,
    pub nonce: u64,
    /// Authenticated encryption of the balance for its owner.
    pub balance_hint: felt252,
    pub pending_lo: Ciphertext,
    pub pending_hi: Ciphertext,
    /// Credits in pending since the last rollover: its halves are below credits * 2^32.
    pub credits: u64,
}

/// constructor(owner, upgrade_delay: u64, fee_bps: u16, auditor_grace: u64);
/// fee_bps <= 1_000, auditor_grace <= 86_400.
/// There is no auditor key, and so no payment, until the first `rotate_auditor`.
#[starknet::interface]
pub trait IPrivacyRouter<T> {
    /// Opens the caller's account under `key`, whose secret it proves to know. Once.
    fn register(ref self: T, key: Point, proof: KeyProof);
    /// Moves `amount` units from the caller (approve `amount` * 10^9 wei first). The fee,
    /// `deposit_fee(amount)` units, is burnt; the rest is added to the caller's balance. Reverts
    /// unless the account's nonce is `nonce`, because the hint was made for that state.
    fn deposit(ref self: T, amount: u64, nonce: u64, balance_hint: felt252);
    /// Adds all of pending to the balance. Reverts unless nonce and number of credits are the ones
    /// that the hint was made for.
    fn rollover(ref self: T, nonce: u64, credits: u64, balance_hint: felt252);
    /// Pays `amount` units to `to` out of the caller's balance.
    fn withdraw(ref self: T, to: ContractAddress, amount: u64, withdrawal: Withdrawal);
    /// Pays the whole balance, which is `amount` units, to `to`. Pending and escrows stay.
    fn ragequit(ref self: T, to: ContractAddress, amount: u64, proof: KeyProof);
    /// Owner: installs the auditor key of the next epoch, of which the proof shows possession. The
    /// previous epoch stays accepted for `auditor_grace` seconds.
    fn rotate_auditor(ref self: T, key: Point, proof: KeyProof);
    /// PaymentRouter only: checks the payment and locks it in the slot of (job_id, attempt), which
    /// is used once. Returns the escrow hash.
    fn lock(
        ref self: T,
        payer: ContractAddress,
        worker: ContractAddress,
        job_id: u128,
        attempt: u32,
        key_epoch: u64,
        payment: Payment,
    ) -> felt252;
    /// PaymentRouter only: credits the worker's pending. False when that happened before; reverts
    /// after a refund.
    fn credit_worker(ref self: T, escrow: Escrow) -> bool;
    /// PaymentRouter only: credits the payer's pending. False when that happened before; reverts
    /// after a release.
    fn credit_payer(ref self: T, escrow: Escrow) -> bool;

    fn account(self: @T, owner: ContractAddress) -> Account;
    fn is_registered(self: @T, owner: ContractAddress) -> bool;
    /// Status of a slot, and the escrow hash while it is locked (0 otherwise).
    fn escrow(self: @T, job_id: u128, attempt: u32) -> (EscrowStatus, felt252);
    /// The last epoch (0: none yet), and the first second its predecessor is refused.
    fn auditor_epoch(self: @T) -> (u64, u64);
    fn auditor_key(self: @T, epoch: u64) -> Point;
    fn auditor_grace(self: @T) -> u64;
    fn fee_bps(self: @T) -> u16;
    /// Units that depositing `amount` units burns, rounded up.
    fn deposit_fee(self: @T, amount: u64) -> u64;
    /// Units in all balances, pendings and escrows; below 2^64 by construction.
    fn total_units(self: @T) -> u64;
}
