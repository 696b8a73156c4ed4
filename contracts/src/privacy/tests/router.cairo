//! PrivacyRouter's bookkeeping, run in place at the address that the vectors are bound to.

use starknet::storage::{StorageMapReadAccess, StorageMapWriteAccess, StoragePointerWriteAccess};
use starknet::storage_access::StorePacking;
use starknet::syscalls::{deploy_syscall, storage_write_syscall};
use starknet::testing::{
    set_block_timestamp, set_caller_address, set_chain_id, set_contract_address,
};
use starknet::{ContractAddress, SyscallResultTrait};
use crate::interfaces::{ISageTokenDispatcher, ISageTokenDispatcherTrait};
use crate::privacy::curve;
use crate::privacy::interface::{
    Account, Ciphertext, Escrow, EscrowStatus, IPrivacyRouter, IPrivacyRouterDispatcher,
    IPrivacyRouterDispatcherTrait, KeyProof, Payment, Point, UNIT,
};
use crate::privacy::record::{Own, Pending, Record, compress, expand};
use crate::privacy::router::PrivacyRouter;
use crate::privacy::tests::vectors;
use crate::privacy::transcript::Context;
use crate::token::SageToken;

type State = PrivacyRouter::ContractState;

const OWNER: felt252 = 0x0123;
const PAYMENTS: felt252 = 0x9a7;
const EPOCH: u64 = 1;

fn address(value: felt252) -> ContractAddress {
    value.try_into().unwrap()
}

fn parse<T, +Serde<T>, +Drop<T>>(data: Span<felt252>) -> T {
    let mut data = data;
    Serde::<T>::deserialize(ref data).unwrap()
}

fn pay_context() -> Context {
    parse(vectors::PAY_CONTEXT.span())
}

fn point_at(data: Span<felt252>, at: u32) -> Point {
    Point { x: *data.at(at), y: *data.at(at + 1) }
}

fn worker() -> ContractAddress {
    address(*vectors::PAY_STATEMENT.span().at(8))
}

fn payment() -> Payment {
    parse(vectors::PAY_PROOF.span())
}

/// Writes a variable of a component, past its guards.
fn poke(at: felt252, value: felt252) {
    storage_write_syscall(0, at.try_into().unwrap(), value).unwrap_syscall();
}

/// A router whose payer and worker are those of the pay vector.
fn router(token: ContractAddress, fee_bps: u16) -> State {
    let ctx = pay_context();
    set_contract_address(ctx.contract);
    set_chain_id(ctx.chain_id);
    set_block_timestamp(1_000);
    let mut state = PrivacyRouter::contract_state_for_testing();
    poke(selector!("governed_owner"), OWNER);
    state.fee_bps.write(fee_bps);
    state.auditor_grace.write(50);
    poke(selector!("wired_done"), 1);
    for (at, member) in [
        token, address(1), address(2), address(3), address(4), address(PAYMENTS), ctx.contract,
        address(5),
    ]
        .span()
        .into_iter()
        .enumerate() {
        poke(selector!("wired_wiring") + at.into(), (*member).into());
    }
    let keys = vectors::PAY_STATEMENT.span();
    state
        .accounts
        .write(
            ctx.caller,
            stored(
                Account {
                    key: point_at(keys, 0),
                    balance: ctx.balance,
                    nonce: ctx.nonce,
                    ..empty_account(),
                },
            ),
        );
    state.accounts.write(worker(), stored(Account { key: point_at(keys, 2), ..empty_account() }));
    state.auditor_keys.write(EPOCH, point_at(keys, 4));
    state.auditor_epoch.write(EPOCH);
    state
}

fn empty_account() -> Account {
    Account {
        key: curve::ORIGIN,
        balance: curve::ZERO,
        nonce: 0,
        balance_hint: 0,
        pending_lo: curve::ZERO,
        pending_hi: curve::ZERO,
        credits: 0,
    }
}

/// The slots of an account.
fn stored(account: Account) -> Record {
    let Account { balance, pending_lo: lo, pending_hi: hi, .. } = account;
    let (key, key_sign) = compress(account.key);
    let (balance_l, l_sign) = compress(balance.l);
    let (balance_r, r_sign) = compress(balance.r);
    let (lo_l, lo_l_sign) = compress(lo.l);
    let (lo_r, lo_r_sign) = compress(lo.r);
    let (hi_l, hi_l_sign) = compress(hi.l);
    let (hi_r, hi_r_sign) = compress(hi.r);
    let registered = account.key != curve::ORIGIN;
    Record {
        key,
        own: Own { nonce: account.nonce, registered, key_sign, l_sign, r_sign },
        balance_l,
        balance_r,
        balance_hint: account.balance_hint,
        pending: Pending { credits: account.credits, lo_l_sign, lo_r_sign, hi_l_sign, hi_r_sign },
        lo_l,
        lo_r,
        hi_l,
        hi_r,
    }
}

fn vector_router() -> State {
    router(pay_context().asset, 0)
}

/// Locks the pay vector's payment as PaymentRouter would.
fn lock(ref state: State) -> felt252 {
    let terms = vectors::PAY_STATEMENT.span();
    set_caller_address(address(PAYMENTS));
    state
        .lock(
            pay_context().caller,
            worker(),
            (*terms.at(6)).try_into().unwrap(),
            (*terms.at(7)).try_into().unwrap(),
            EPOCH,
            payment(),
        )
}

fn escrow() -> Escrow {
    let terms = vectors::PAY_STATEMENT.span();
    let Payment { lo, hi, .. } = payment();
    Escrow {
        job_id: (*terms.at(6)).try_into().unwrap(),
        attempt: (*terms.at(7)).try_into().unwrap(),
        payer: pay_context().caller,
        worker: worker(),
        payer_key: point_at(terms, 0),
        worker_key: point_at(terms, 2),
        key_epoch: EPOCH,
        lo,
        hi,
    }
}

#[test]
fn lock_stores_what_the_vector_says() {
    let mut state = vector_router();
    let hash = lock(ref state);
    let result = vectors::PAY_RESULT.span();
    assert(hash == *result.at(4), 'escrow hash');
    let e = escrow();
    assert(state.escrow(e.job_id, e.attempt) == (EscrowStatus::Locked, hash), 'slot');
    let payer = state.account(e.payer);
    assert(payer.balance == parse::<Ciphertext>(result), 'leftover');
    assert(payer.nonce == pay_context().nonce + 1, 'nonce');
    assert(payer.balance_hint == payment().balance_hint, 'hint');
}

#[test]
#[should_panic(expected: ('escrow slot is used',))]
fn lock_twice() {
    let mut state = vector_router();
    lock(ref state);
    lock(ref state);
}

#[test]
#[should_panic(expected: ('proof does not verify',))]
fn lock_replayed_into_another_slot() {
    let mut state = vector_router();
    set_caller_address(address(PAYMENTS));
    let terms = vectors::PAY_STATEMENT.span();
    state
        .lock(
            pay_context().caller, worker(), (*terms.at(6)).try_into().unwrap(), 3, EPOCH, payment(),
        );
}

#[test]
#[should_panic(expected: ('caller is not PaymentRouter',))]
fn lock_by_the_payer() {
    let mut state = vector_router();
    set_caller_address(pay_context().caller);
    state.lock(pay_context().caller, worker(), 1, 1, EPOCH, payment());
}

#[test]
#[should_panic(expected: ('worker has no account',))]
fn lock_for_a_stranger() {
    let mut state = vector_router();
    set_caller_address(address(PAYMENTS));
    state.lock(pay_context().caller, address(77), 1, 1, EPOCH, payment());
}

#[test]
#[should_panic(expected: ('paused',))]
fn lock_while_paused() {
    let mut state = vector_router();
    poke(selector!("governed_paused"), 1);
    lock(ref state);
}

#[test]
#[should_panic(expected: ('auditor epoch not accepted',))]
fn lock_under_an_epoch_to_come() {
    let mut state = vector_router();
    set_caller_address(address(PAYMENTS));
    state.lock(pay_context().caller, worker(), 1, 1, EPOCH + 1, payment());
}

#[test]
fn previous_epoch_within_grace() {
    let mut state = vector_router();
    state.auditor_epoch.write(EPOCH + 1);
    state.auditor_keys.write(EPOCH + 1, point_at(vectors::PAY_STATEMENT.span(), 0));
    state.auditor_grace_end.write(1_001);
    lock(ref state);
}

#[test]
#[should_panic(expected: ('auditor epoch not accepted',))]
fn previous_epoch_after_grace() {
    let mut state = vector_router();
    state.auditor_epoch.write(EPOCH + 1);
    state.auditor_grace_end.write(1_000);
    lock(ref state);
}

#[test]
fn a_deposit_fee_and_a_grace_have_bounds() {
    let deploy = |fee_bps: u16, grace: u64| {
        let mut arguments = array![OWNER];
        (100_u64, fee_bps, grace).serialize(ref arguments);
        deploy_syscall(PrivacyRouter::TEST_CLASS_HASH, grace.into(), arguments.span(), false)
    };
    for grace in [86_401_u64, 0xffffffffffffffff].span() {
        assert!(*deploy(10, *grace).unwrap_err().at(0) == 'auditor grace above a day');
    }
    assert!(*deploy(1_001, 600).unwrap_err().at(0) == 'fee above 10 %');
    let (contract_address, _) = deploy(1_000, 86_400).unwrap_syscall();
    let router = IPrivacyRouterDispatcher { contract_address };
    assert!(router.auditor_grace() == 86_400 && router.fee_bps() == 1_000);
}

#[test]
fn release_credits_the_worker_once() {
    let mut state = vector_router();
    lock(ref state);
    let e = escrow();
    assert(state.credit_worker(e), 'first release');
    let lo = Ciphertext { l: e.lo.worker, r: e.lo.r };
    let hi = Ciphertext { l: e.hi.worker, r: e.hi.r };
    let credited = state.account(e.worker);
    assert(credited.pending_lo == lo && credited.pending_hi == hi, 'pending');
    assert(credited.credits == 1, 'credits');
    assert(!state.credit_worker(e), 'second release moves');
    assert(state.account(e.worker) == credited, 'second release changes');
    assert(state.escrow(e.job_id, e.attempt) == (EscrowStatus::Released, 0), 'tombstone');

    set_caller_address(e.worker);
    state.rollover(0, 1, 99);
    let rolled = state.account(e.worker);
    assert(rolled.balance == curve::add_halves(curve::ZERO, lo, hi), 'rolled balance');
    assert(rolled.pending_lo == curve::ZERO && rolled.pending_hi == curve::ZERO, 'rolled pending');
    assert(rolled.nonce == 1 && rolled.balance_hint == 99 && rolled.credits == 0, 'rolled state');
}

/// A rollover leaves the slots of pending as they are; what was in them counts no more.
#[test]
fn credits_after_a_rollover_begin_at_nothing() {
    let mut state = vector_router();
    let hash = lock(ref state);
    let e = escrow();
    let lo = Ciphertext { l: e.lo.worker, r: e.lo.r };
    let hi = Ciphertext { l: e.hi.worker, r: e.hi.r };
    for nonce in 0..2_u64 {
        set_caller_address(address(PAYMENTS));
        state.escrows.write((e.job_id, e.attempt), hash);
        assert(state.credit_worker(e), 'credit');
        let once = state.account(e.worker);
        assert(once.pending_lo == lo && once.pending_hi == hi && once.credits == 1, 'once');

        state.escrows.write((e.job_id, e.attempt), hash);
        assert(state.credit_worker(e), 'another credit');
        let twice = state.account(e.worker);
        assert(twice.pending_lo == curve::add_ciphertext(lo, lo), 'twice, low');
        assert(twice.pending_hi == curve::add_ciphertext(hi, hi), 'twice, high');
        assert(twice.credits == 2, 'two credits');

        set_caller_address(e.worker);
        state.rollover(nonce, 2, 0);
        let rolled = state.account(e.worker);
        assert(rolled.credits == 0 && rolled.pending_lo == curve::ZERO, 'rolled over');
        assert(state.accounts.read(e.worker).lo_l == twice.pending_lo.l.x, 'slot in use');
    }
    let all = curve::add_halves(curve::ZERO, lo, hi);
    let all = curve::add_ciphertext(all, all);
    assert(state.account(e.worker).balance == curve::add_ciphertext(all, all), 'four credits');
}

/// With no credits, what is left in the slots of pending cannot be rolled over again.
#[test]
#[should_panic(expected: ('pending has changed',))]
fn rollover_twice() {
    let mut state = vector_router();
    lock(ref state);
    state.credit_worker(escrow());
    set_caller_address(worker());
    state.rollover(0, 1, 0);
    state.rollover(1, 1, 0);
}

#[test]
#[should_panic(expected: ('nothing pending',))]
fn rollover_of_no_credits() {
    let mut state = vector_router();
    set_caller_address(worker());
    state.rollover(0, 0, 0);
}

/// Credits write none of the slots that belong to the owner's calls.
#[test]
fn credits_leave_the_owners_slots() {
    let mut state = vector_router();
    lock(ref state);
    let before = state.accounts.read(worker());
    state.credit_worker(escrow());
    let after = state.accounts.read(worker());
    assert(before.key == after.key && before.own == after.own, 'own');
    assert(before.balance_l == after.balance_l && before.balance_r == after.balance_r, 'balance');
    assert(before.balance_hint == after.balance_hint, 'hint');
}

#[test]
fn points_are_stored_with_their_signs() {
    let g = curve::generator_g();
    for p in array![
        curve::ORIGIN, curve::from_nonzero(g), curve::from_nonzero(curve::negate(g)), escrow().lo.r,
        escrow().hi.worker,
    ] {
        let (x, sign) = compress(p);
        assert(expand(x, sign) == p, 'another point');
        assert(x == 0 || expand(x, !sign) == Point { x, y: -p.y }, 'sign');
    }
}

#[test]
fn slots_keep_every_flag() {
    for flags in 0..16_u8 {
        let (a, b) = (flags % 2 == 1, flags / 2 % 2 == 1);
        let (c, d) = (flags / 4 % 2 == 1, flags / 8 == 1);
        for number in array![0_u64, 1, 0xffffffffffffffff] {
            let own = Own { nonce: number, registered: a, key_sign: b, l_sign: c, r_sign: d };
            assert(StorePacking::unpack(StorePacking::<Own, u128>::pack(own)) == own, 'own');
            let pending = Pending {
                credits: number, lo_l_sign: a, lo_r_sign: b, hi_l_sign: c, hi_r_sign: d,
            };
            let packed = StorePacking::<Pending, u128>::pack(pending);
            assert(StorePacking::unpack(packed) == pending, 'pending');
            assert(packed != 0, 'slot out of use');
        }
    }
    let unused: Pending = StorePacking::unpack(0_u128);
    assert(unused.credits == 0, 'credits of nobody');
}

#[test]
fn refund_credits_the_payer_once() {
    let mut state = vector_router();
    lock(ref state);
    let e = escrow();
    assert(state.credit_payer(e), 'first refund');
    assert(!state.credit_payer(e), 'second refund moves');
    let payer = state.account(e.payer);
    assert(payer.pending_lo == Ciphertext { l: e.lo.payer, r: e.lo.r }, 'pending');
    assert(state.escrow(e.job_id, e.attempt) == (EscrowStatus::Refunded, 0), 'tombstone');
    // What was locked and what is left is what there was.
    set_caller_address(e.payer);
    state.rollover(payer.nonce, 1, 0);
    assert(state.account(e.payer).balance == pay_context().balance, 'balance is back');
}

#[test]
#[should_panic(expected: ('escrow already released',))]
fn refund_after_release() {
    let mut state = vector_router();
    lock(ref state);
    state.credit_worker(escrow());
    state.credit_payer(escrow());
}

#[test]
#[should_panic(expected: ('escrow already refunded',))]
fn release_after_refund() {
    let mut state = vector_router();
    lock(ref state);
    state.credit_payer(escrow());
    state.credit_worker(escrow());
}

#[test]
#[should_panic(expected: ('escrow tuple does not match',))]
fn release_to_another_worker() {
    let mut state = vector_router();
    lock(ref state);
    state.credit_worker(Escrow { worker: address(OWNER), ..escrow() });
}

#[test]
#[should_panic(expected: ('escrow tuple does not match',))]
fn release_of_other_ciphertexts() {
    let mut state = vector_router();
    lock(ref state);
    let e = escrow();
    state.credit_worker(Escrow { lo: e.hi, hi: e.lo, ..e });
}

#[test]
#[should_panic(expected: ('no escrow',))]
fn release_of_nothing() {
    let mut state = vector_router();
    set_caller_address(address(PAYMENTS));
    state.credit_worker(escrow());
}

#[test]
#[should_panic(expected: ('caller is not PaymentRouter',))]
fn release_by_anyone_else() {
    let mut state = vector_router();
    lock(ref state);
    set_caller_address(worker());
    state.credit_worker(escrow());
}

#[test]
#[should_panic(expected: ('pending has changed',))]
fn rollover_of_other_credits() {
    let mut state = vector_router();
    lock(ref state);
    state.credit_worker(escrow());
    set_caller_address(worker());
    state.rollover(0, 2, 0);
}

#[test]
#[should_panic(expected: ('nonce has changed',))]
fn rollover_at_another_nonce() {
    let mut state = vector_router();
    lock(ref state);
    state.credit_worker(escrow());
    set_caller_address(worker());
    state.rollover(1, 1, 0);
}

/// Credits whose ciphertexts cancel leave O in pending and do not block the rollover.
#[test]
fn rollover_of_the_identity() {
    let mut state = vector_router();
    let ctx = pay_context();
    let minus = negate(ctx.balance);
    state
        .accounts
        .write(
            ctx.caller,
            stored(Account { pending_lo: minus, credits: 2, ..state.account(ctx.caller) }),
        );
    set_caller_address(ctx.caller);
    state.rollover(ctx.nonce, 2, 0);
    assert(state.account(ctx.caller).balance == curve::ZERO, 'sum is O');
}

fn negate(c: Ciphertext) -> Ciphertext {
    Ciphertext { l: curve::store(-curve::load(c.l)), r: curve::store(-curve::load(c.r)) }
}

/// SAGE in the hands of `holder`, who lets the router take `allowed` units.
fn token_for(holder: ContractAddress, allowed: u64) -> ISageTokenDispatcher {
    let mut calldata = array![holder.into()];
    Serde::serialize(@1_000_000_000_000_000_000_000_u256, ref calldata);
    let (contract_address, _) = deploy_syscall(
        SageToken::TEST_CLASS_HASH.try_into().unwrap(), 0, calldata.span(), false,
    )
        .unwrap();
    let token = ISageTokenDispatcher { contract_address };
    set_contract_address(holder);
    token.approve(pay_context().contract, allowed.into() * UNIT);
    token
}

#[test]
fn deposit_takes_tokens_and_burns_the_fee() {
    let payer = pay_context().caller;
    let token = token_for(payer, 1_001);
    let mut state = router(token.contract_address, 25);
    let supply = token.total_supply();
    let before = token.balance_of(payer);
    set_caller_address(payer);
    state.deposit(1_001, pay_context().nonce, 5);
    // 0.25 % of 1,001 is 2.5025 units, rounded up.
    assert(state.total_units() == 998, 'total');
    assert(token.balance_of(pay_context().contract) == 998 * UNIT, 'held');
    assert(before - token.balance_of(payer) == 1_001 * UNIT, 'taken');
    assert(supply - token.total_supply() == 3 * UNIT, 'burnt');
    let account = state.account(payer);
    assert(account.nonce == pay_context().nonce + 1 && account.balance_hint == 5, 'state');
    assert(account.balance == curve::add_plain(pay_context().balance, 998), 'balance');
}

#[test]
#[should_panic]
fn deposit_without_allowance() {
    let payer = pay_context().caller;
    let token = token_for(payer, 1_000);
    let mut state = router(token.contract_address, 0);
    set_caller_address(payer);
    state.deposit(1_001, pay_context().nonce, 0);
}

#[test]
#[should_panic(expected: ('total too large',))]
fn deposits_stay_below_two_to_the_64() {
    let mut state = vector_router();
    state.total_units.write(0xffffffffffffffff);
    set_caller_address(pay_context().caller);
    state.deposit(1, pay_context().nonce, 0);
}

#[test]
#[should_panic(expected: ('nothing to credit',))]
fn deposit_of_nothing_but_fee() {
    let mut state = router(pay_context().asset, 25);
    set_caller_address(pay_context().caller);
    state.deposit(1, pay_context().nonce, 0);
}

#[test]
#[should_panic(expected: ('nonce has changed',))]
fn deposit_at_another_nonce() {
    let mut state = vector_router();
    set_caller_address(pay_context().caller);
    state.deposit(10, 0, 0);
}

#[test]
#[should_panic(expected: ('account not registered',))]
fn deposit_without_account() {
    let mut state = vector_router();
    set_caller_address(address(OWNER));
    state.deposit(10, 0, 0);
}

#[test]
#[should_panic(expected: ('paused',))]
fn deposit_while_paused() {
    let mut state = vector_router();
    poke(selector!("governed_paused"), 1);
    set_caller_address(pay_context().caller);
    state.deposit(10, pay_context().nonce, 0);
}

#[test]
#[should_panic(expected: ('total too large',))]
fn deposit_fee_has_no_overflow() {
    let mut state = router(pay_context().asset, 1_000);
    assert(state.deposit_fee(0xffffffffffffffff) == 1_844_674_407_370_955_162, 'fee');
    state.total_units.write(0xffffffffffffffff);
    set_caller_address(pay_context().caller);
    state.deposit(0xffffffffffffffff, pay_context().nonce, 0);
}

fn registration() -> (Point, KeyProof) {
    (parse(vectors::REGISTER_STATEMENT.span()), parse(vectors::REGISTER_PROOF.span()))
}

#[test]
fn register_binds_the_caller() {
    let ctx = pay_context();
    let mut state = vector_router();
    state.accounts.write(ctx.caller, stored(empty_account()));
    let (key, proof) = registration();
    set_caller_address(ctx.caller);
    state.register(key, proof);
    assert(state.is_registered(ctx.caller), 'registered');
    assert(state.account(ctx.caller) == Account { key, ..empty_account() }, 'account');
}

#[test]
#[should_panic(expected: ('proof does not verify',))]
fn register_with_anothers_proof() {
    let mut state = vector_router();
    let (key, proof) = registration();
    set_caller_address(address(OWNER));
    state.register(key, proof);
}

#[test]
#[should_panic(expected: ('account already registered',))]
fn register_twice() {
    let mut state = vector_router();
    let (key, proof) = registration();
    set_caller_address(pay_context().caller);
    state.register(key, proof);
}

#[test]
fn rotation_opens_the_next_epoch() {
    let mut state = vector_router();
    poke(selector!("governed_owner"), pay_context().caller.into());
    set_caller_address(pay_context().caller);
    let key: Point = parse(vectors::ROTATE_STATEMENT.span());
    state.rotate_auditor(key, parse(vectors::ROTATE_PROOF.span()));
    assert(state.auditor_epoch() == (2, 1_050), 'epoch');
    assert(state.auditor_key(2) == key, 'key');
}

#[test]
#[should_panic(expected: ('caller is not the owner',))]
fn rotation_by_anyone_else() {
    let mut state = vector_router();
    set_caller_address(pay_context().caller);
    state
        .rotate_auditor(
            parse(vectors::ROTATE_STATEMENT.span()), parse(vectors::ROTATE_PROOF.span()),
        );
}
