//! The contract that holds all private balances and the tokens behind them.

/// Every balance is a ciphertext under its owner's key. Tokens enter by `deposit`, leave by
/// `withdraw` and `ragequit`, and move between accounts only through escrows that PaymentRouter
/// locks and credits. Exits are never paused.
#[starknet::contract]
pub mod PrivacyRouter {
    use core::num::traits::{CheckedAdd, Zero};
    use core::poseidon::poseidon_hash_span;
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePathEntry,
        StoragePointerReadAccess, StoragePointerWriteAccess,
    };
    use starknet::{
        ContractAddress, get_block_timestamp, get_caller_address, get_contract_address, get_tx_info,
    };
    use crate::governance::exits::assert_outlasts_exits;
    use crate::governance::governed::governed;
    use crate::governance::governed::governed::InternalTrait as GovernedInternal;
    use crate::governance::wired::wired::InternalTrait as WiredInternal;
    use crate::governance::wired::{WiringCheck, wired};
    use crate::interfaces::{IGoverned, ISageTokenDispatcher, ISageTokenDispatcherTrait, Wiring};
    use crate::privacy::interface::{
        Account, Ciphertext, Escrow, EscrowStatus, IPrivacyRouter, KeyProof, Payment, Point, UNIT,
        Withdrawal,
    };
    use crate::privacy::record::{Own, Pending, Record};
    use crate::privacy::statements::key::{verify_ragequit, verify_register, verify_rotation};
    use crate::privacy::statements::pay::{Terms, verify_pay};
    use crate::privacy::statements::withdraw::verify_withdraw;
    use crate::privacy::transcript::Context;
    use crate::privacy::{curve, record};

    component!(path: governed, storage: governed, event: GovernedEvent);
    component!(path: wired, storage: wired, event: WiredEvent);

    #[abi(embed_v0)]
    impl Governed = governed::Governed<ContractState>;
    #[abi(embed_v0)]
    impl Wired = wired::Wired<ContractState>;

    /// Most that a deposit may cost: 10 %.
    const MAX_FEE_BPS: u16 = 1_000;
    /// Longest that a replaced auditor key may be paid under. A payment made before the rotation
    /// needs minutes to arrive; every second more lets a payer choose the auditor whom it shows the
    /// amount, or use a key that was replaced because it leaked. Unbounded, the sum with the time
    /// of a rotation could overflow, and no key be replaced any more.
    const MAX_AUDITOR_GRACE: u64 = 86_400;
    const ESCROW_DOMAIN: felt252 = 'SAGE/ESCROW/1';
    /// Tombstones in place of an escrow hash, which no Poseidon hash is but by chance of 2^-251.
    const RELEASED: felt252 = 'released';
    const REFUNDED: felt252 = 'refunded';

    #[storage]
    struct Storage {
        #[substorage(v0)]
        governed: governed::Storage,
        #[substorage(v0)]
        wired: wired::Storage,
        pub(crate) accounts: Map<ContractAddress, Record>,
        /// By (job_id, attempt): 0, an escrow hash, or a tombstone.
        pub(crate) escrows: Map<(u128, u32), felt252>,
        pub(crate) auditor_keys: Map<u64, Point>,
        pub(crate) auditor_epoch: u64,
        /// First second at which the previous epoch is refused.
        pub(crate) auditor_grace_end: u64,
        pub(crate) auditor_grace: u64,
        pub(crate) fee_bps: u16,
        pub(crate) total_units: u64,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    pub enum Event {
        #[flat]
        GovernedEvent: governed::Event,
        #[flat]
        WiredEvent: wired::Event,
        AccountRegistered: AccountRegistered,
        Deposited: Deposited,
        RolledOver: RolledOver,
        Withdrawn: Withdrawn,
        Ragequit: Ragequit,
        AuditorRotated: AuditorRotated,
        PaymentLocked: PaymentLocked,
        PendingCredited: PendingCredited,
    }

    #[derive(Drop, starknet::Event)]
    pub struct AccountRegistered {
        #[key]
        pub account: ContractAddress,
        pub key: Point,
    }

    /// `amount` units came in, of which `fee` were burnt.
    #[derive(Drop, starknet::Event)]
    pub struct Deposited {
        #[key]
        pub account: ContractAddress,
        pub amount: u64,
        pub fee: u64,
    }

    #[derive(Drop, starknet::Event)]
    pub struct RolledOver {
        #[key]
        pub account: ContractAddress,
        pub credits: u64,
    }

    #[derive(Drop, starknet::Event)]
    pub struct Withdrawn {
        #[key]
        pub account: ContractAddress,
        #[key]
        pub to: ContractAddress,
        pub amount: u64,
    }

    #[derive(Drop, starknet::Event)]
    pub struct Ragequit {
        #[key]
        pub account: ContractAddress,
        #[key]
        pub to: ContractAddress,
        pub amount: u64,
    }

    #[derive(Drop, starknet::Event)]
    pub struct AuditorRotated {
        #[key]
        pub epoch: u64,
        pub key: Point,
        pub previous_until: u64,
    }

    /// All that payer, worker and auditor need to open the payment. `nonce` is the payer's before
    /// the payment; the hints are bound to it.
    #[derive(Drop, starknet::Event)]
    pub struct PaymentLocked {
        #[key]
        pub job_id: u128,
        #[key]
        pub attempt: u32,
        #[key]
        pub worker: ContractAddress,
        pub escrow: Escrow,
        pub nonce: u64,
        pub payer_hint: felt252,
        pub worker_hint: felt252,
    }

    #[derive(Drop, starknet::Event)]
    pub struct PendingCredited {
        #[key]
        pub account: ContractAddress,
        #[key]
        pub job_id: u128,
        #[key]
        pub attempt: u32,
        pub refund: bool,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        owner: ContractAddress,
        upgrade_delay: u64,
        fee_bps: u16,
        auditor_grace: u64,
    ) {
        self.governed.initialize(owner, upgrade_delay);
        assert(fee_bps <= MAX_FEE_BPS, 'fee above 10 %');
        assert(auditor_grace <= MAX_AUDITOR_GRACE, 'auditor grace above a day');
        self.fee_bps.write(fee_bps);
        self.auditor_grace.write(auditor_grace);
    }

    impl Check of WiringCheck<ContractState> {
        fn check(self: @ContractState, wiring: Wiring) {
            assert(wiring.privacy == get_contract_address(), 'privacy is another contract');
            assert_outlasts_exits(self.governed.upgrade_delay(), wiring);
        }
    }

    #[abi(embed_v0)]
    impl Router of IPrivacyRouter<ContractState> {
        fn register(ref self: ContractState, key: Point, proof: KeyProof) {
            let caller = get_caller_address();
            assert(!self.is_registered(caller), 'account already registered');
            verify_register(self.context(caller, 0, 0, curve::ZERO), key, proof);
            let entry = self.accounts.entry(caller);
            let (x, key_sign) = record::compress(key);
            entry.key.write(x);
            entry
                .own
                .write(Own { nonce: 0, registered: true, key_sign, l_sign: false, r_sign: false });
            self.emit(AccountRegistered { account: caller, key });
        }

        fn deposit(ref self: ContractState, amount: u64, nonce: u64, balance_hint: felt252) {
            self.governed.assert_entry_open();
            let caller = get_caller_address();
            let (own, balance) = self.state_at(caller, nonce);
            let fee = self.deposit_fee(amount);
            let credited = amount - fee;
            assert(credited != 0, 'nothing to credit');
            let total = self.total_units.read().checked_add(credited).expect('total too large');
            self.total_units.write(total);
            self.set_balance(caller, own, curve::add_plain(balance, credited), balance_hint);
            self.emit(Deposited { account: caller, amount, fee });

            let token = self.token();
            let here = get_contract_address();
            let held = token.balance_of(here);
            let wei: u256 = amount.into() * UNIT;
            assert(token.transfer_from(caller, here, wei), 'token transfer failed');
            if fee != 0 {
                token.burn(fee.into() * UNIT);
            }
            // Not what the token says has moved, but what has.
            let holds = token.balance_of(here);
            assert(holds == held + credited.into() * UNIT, 'token moved another amount');
        }

        fn rollover(ref self: ContractState, nonce: u64, credits: u64, balance_hint: felt252) {
            let caller = get_caller_address();
            let (own, balance) = self.state_at(caller, nonce);
            assert(credits != 0, 'nothing pending');
            let pending = self.accounts.entry(caller).pending;
            let standing = pending.read();
            assert(standing.credits == credits, 'pending has changed');
            let (lo, hi) = self.pending(caller, standing);
            // The slots of what was pending stay in use: credits from here on replace them.
            pending.write(Pending { credits: 0, ..standing });
            let rolled = curve::add_halves(balance, lo, hi);
            self.set_balance(caller, own, rolled, balance_hint);
            self.emit(RolledOver { account: caller, credits });
        }

        fn withdraw(
            ref self: ContractState, to: ContractAddress, amount: u64, withdrawal: Withdrawal,
        ) {
            let caller = get_caller_address();
            let (ctx, own, key) = self.owner_context(caller);
            assert(amount != 0, 'nothing to withdraw');
            let rest = verify_withdraw(ctx, key, to, amount, withdrawal);
            self.set_balance(caller, own, rest, withdrawal.balance_hint);
            self.emit(Withdrawn { account: caller, to, amount });
            self.pay_out(to, amount);
        }

        fn ragequit(ref self: ContractState, to: ContractAddress, amount: u64, proof: KeyProof) {
            let caller = get_caller_address();
            let (ctx, own, key) = self.owner_context(caller);
            assert(amount != 0, 'nothing to withdraw');
            verify_ragequit(ctx, key, to, amount, proof);
            self.set_balance(caller, own, curve::ZERO, 0);
            self.emit(Ragequit { account: caller, to, amount });
            self.pay_out(to, amount);
        }

        fn rotate_auditor(ref self: ContractState, key: Point, proof: KeyProof) {
            self.governed.assert_owner();
            let epoch = self.auditor_epoch.read() + 1;
            let caller = get_caller_address();
            verify_rotation(self.context(caller, epoch, 0, curve::ZERO), key, proof);
            let previous_until = get_block_timestamp() + self.auditor_grace.read();
            self.auditor_keys.write(epoch, key);
            self.auditor_epoch.write(epoch);
            self.auditor_grace_end.write(previous_until);
            self.emit(AuditorRotated { epoch, key, previous_until });
        }

        fn lock(
            ref self: ContractState,
            payer: ContractAddress,
            worker: ContractAddress,
            job_id: u128,
            attempt: u32,
            key_epoch: u64,
            payment: Payment,
        ) -> felt252 {
            self.governed.assert_entry_open();
            self.assert_payment_router();
            assert(self.escrows.read((job_id, attempt)) == 0, 'escrow slot is used');
            let (mut ctx, own, payer_key) = self.owner_context(payer);
            ctx.key_epoch = key_epoch;
            let entry = self.accounts.entry(worker);
            let worker_own = entry.own.read();
            assert(worker_own.registered, 'worker has no account');
            let worker_key = record::expand(entry.key.read(), worker_own.key_sign);
            let terms = Terms {
                payer_key,
                worker_key,
                auditor_key: self.accepted_auditor_key(key_epoch),
                job_id,
                attempt,
                worker,
            };
            let rest = verify_pay(ctx, terms, payment);
            self.set_balance(payer, own, rest, payment.balance_hint);
            let escrow = Escrow {
                job_id,
                attempt,
                payer,
                worker,
                payer_key,
                worker_key,
                key_epoch,
                lo: payment.lo,
                hi: payment.hi,
            };
            let hash = hash_escrow(escrow);
            self.escrows.write((job_id, attempt), hash);
            self
                .emit(
                    PaymentLocked {
                        job_id,
                        attempt,
                        worker,
                        escrow,
                        nonce: ctx.nonce,
                        payer_hint: payment.payer_hint,
                        worker_hint: payment.worker_hint,
                    },
                );
            hash
        }

        fn credit_worker(ref self: ContractState, escrow: Escrow) -> bool {
            self.assert_payment_router();
            if !self.settle(escrow, RELEASED) {
                return false;
            }
            self
                .credit(
                    escrow.worker,
                    escrow,
                    Ciphertext { l: escrow.lo.worker, r: escrow.lo.r },
                    Ciphertext { l: escrow.hi.worker, r: escrow.hi.r },
                    false,
                );
            true
        }

        fn credit_payer(ref self: ContractState, escrow: Escrow) -> bool {
            self.assert_payment_router();
            if !self.settle(escrow, REFUNDED) {
                return false;
            }
            self
                .credit(
                    escrow.payer,
                    escrow,
                    Ciphertext { l: escrow.lo.payer, r: escrow.lo.r },
                    Ciphertext { l: escrow.hi.payer, r: escrow.hi.r },
                    true,
                );
            true
        }

        fn account(self: @ContractState, owner: ContractAddress) -> Account {
            record::account(self.accounts.read(owner))
        }

        fn is_registered(self: @ContractState, owner: ContractAddress) -> bool {
            self.accounts.entry(owner).own.read().registered
        }

        fn escrow(self: @ContractState, job_id: u128, attempt: u32) -> (EscrowStatus, felt252) {
            let slot = self.escrows.read((job_id, attempt));
            if slot == 0 {
                (EscrowStatus::None, 0)
            } else if slot == RELEASED {
                (EscrowStatus::Released, 0)
            } else if slot == REFUNDED {
                (EscrowStatus::Refunded, 0)
            } else {
                (EscrowStatus::Locked, slot)
            }
        }

        fn auditor_epoch(self: @ContractState) -> (u64, u64) {
            (self.auditor_epoch.read(), self.auditor_grace_end.read())
        }

        fn auditor_key(self: @ContractState, epoch: u64) -> Point {
            self.auditor_keys.read(epoch)
        }

        fn auditor_grace(self: @ContractState) -> u64 {
            self.auditor_grace.read()
        }

        fn fee_bps(self: @ContractState) -> u16 {
            self.fee_bps.read()
        }

        fn deposit_fee(self: @ContractState, amount: u64) -> u64 {
            let product: u128 = amount.into() * self.fee_bps.read().into();
            ((product + 9_999) / 10_000).try_into().unwrap()
        }

        fn total_units(self: @ContractState) -> u64 {
            self.total_units.read()
        }
    }

    fn hash_escrow(escrow: Escrow) -> felt252 {
        let mut felts = array![ESCROW_DOMAIN];
        escrow.serialize(ref felts);
        poseidon_hash_span(felts.span())
    }

    #[generate_trait]
    impl Internal of InternalTrait {
        fn token(self: @ContractState) -> ISageTokenDispatcher {
            ISageTokenDispatcher { contract_address: self.wired.token() }
        }

        fn assert_payment_router(self: @ContractState) {
            assert(get_caller_address() == self.wired.payments(), 'caller is not PaymentRouter');
        }

        fn context(
            self: @ContractState,
            account: ContractAddress,
            key_epoch: u64,
            nonce: u64,
            balance: Ciphertext,
        ) -> Context {
            Context {
                chain_id: get_tx_info().unbox().chain_id,
                contract: get_contract_address(),
                caller: account,
                asset: self.wired.token(),
                key_epoch,
                nonce,
                balance,
            }
        }

        /// The context of an account's next proof, without an auditor epoch; the account's own
        /// slot, and its key.
        fn owner_context(self: @ContractState, owner: ContractAddress) -> (Context, Own, Point) {
            let (own, balance) = self.state(owner);
            let key = record::expand(self.accounts.entry(owner).key.read(), own.key_sign);
            (self.context(owner, 0, own.nonce, balance), own, key)
        }

        /// Own slot and balance of an account whose nonce must be `nonce`.
        fn state_at(self: @ContractState, owner: ContractAddress, nonce: u64) -> (Own, Ciphertext) {
            let (own, balance) = self.state(owner);
            assert(own.nonce == nonce, 'nonce has changed');
            (own, balance)
        }

        fn state(self: @ContractState, owner: ContractAddress) -> (Own, Ciphertext) {
            let entry = self.accounts.entry(owner);
            let own = entry.own.read();
            assert(own.registered, 'account not registered');
            let balance = record::ciphertext(
                entry.balance_l.read(), own.l_sign, entry.balance_r.read(), own.r_sign,
            );
            (own, balance)
        }

        /// The only writer of balances: nonce and hint always move along. `own` is what stood
        /// before.
        fn set_balance(
            ref self: ContractState,
            owner: ContractAddress,
            own: Own,
            balance: Ciphertext,
            hint: felt252,
        ) {
            let entry = self.accounts.entry(owner);
            let (l, l_sign) = record::compress(balance.l);
            let (r, r_sign) = record::compress(balance.r);
            entry.balance_l.write(l);
            entry.balance_r.write(r);
            entry.balance_hint.write(hint);
            entry.own.write(Own { nonce: own.nonce + 1, l_sign, r_sign, ..own });
        }

        /// The halves of what `standing` counts.
        fn pending(
            self: @ContractState, owner: ContractAddress, standing: Pending,
        ) -> (Ciphertext, Ciphertext) {
            if standing.credits == 0 {
                return (curve::ZERO, curve::ZERO);
            }
            let entry = self.accounts.entry(owner);
            let lo = record::ciphertext(
                entry.lo_l.read(), standing.lo_l_sign, entry.lo_r.read(), standing.lo_r_sign,
            );
            let hi = record::ciphertext(
                entry.hi_l.read(), standing.hi_l_sign, entry.hi_r.read(), standing.hi_r_sign,
            );
            (lo, hi)
        }

        fn pay_out(ref self: ContractState, to: ContractAddress, amount: u64) {
            assert(to.is_non_zero(), 'recipient is zero');
            assert(to != get_contract_address(), 'recipient is the router');
            self.total_units.write(self.total_units.read() - amount);
            let token = self.token();
            let here = get_contract_address();
            let held = token.balance_of(here);
            let wei: u256 = amount.into() * UNIT;
            assert(token.transfer(to, wei), 'token transfer failed');
            assert(token.balance_of(here) == held - wei, 'token moved another amount');
        }

        fn accepted_auditor_key(self: @ContractState, epoch: u64) -> Point {
            let current = self.auditor_epoch.read();
            assert(current != 0, 'no auditor key yet');
            let in_grace = epoch != 0 && epoch
                + 1 == current && get_block_timestamp() < self.auditor_grace_end.read();
            assert(epoch == current || in_grace, 'auditor epoch not accepted');
            self.auditor_keys.read(epoch)
        }

        /// Replaces the escrow's hash by a tombstone; false when that tombstone stands already.
        fn settle(ref self: ContractState, escrow: Escrow, tombstone: felt252) -> bool {
            let slot = self.escrows.read((escrow.job_id, escrow.attempt));
            assert(slot != 0, 'no escrow');
            if slot == tombstone {
                return false;
            }
            assert(slot != RELEASED, 'escrow already released');
            assert(slot != REFUNDED, 'escrow already refunded');
            assert(slot == hash_escrow(escrow), 'escrow tuple does not match');
            self.escrows.write((escrow.job_id, escrow.attempt), tombstone);
            true
        }

        fn credit(
            ref self: ContractState,
            account: ContractAddress,
            escrow: Escrow,
            lo: Ciphertext,
            hi: Ciphertext,
            refund: bool,
        ) {
            let entry = self.accounts.entry(account);
            let standing = entry.pending.read();
            let (before_lo, before_hi) = self.pending(account, standing);
            let lo = curve::add_ciphertext(before_lo, lo);
            let hi = curve::add_ciphertext(before_hi, hi);
            let (lo_l, lo_l_sign) = record::compress(lo.l);
            let (lo_r, lo_r_sign) = record::compress(lo.r);
            let (hi_l, hi_l_sign) = record::compress(hi.l);
            let (hi_r, hi_r_sign) = record::compress(hi.r);
            entry.lo_l.write(lo_l);
            entry.lo_r.write(lo_r);
            entry.hi_l.write(hi_l);
            entry.hi_r.write(hi_r);
            let credits = standing.credits + 1;
            entry.pending.write(Pending { credits, lo_l_sign, lo_r_sign, hi_l_sign, hi_r_sign });
            let Escrow { job_id, attempt, .. } = escrow;
            self.emit(PendingCredited { account, job_id, attempt, refund });
        }
    }
}
