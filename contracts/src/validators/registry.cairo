//! ValidatorRegistry: validators' stakes, keys and epoch tables.
//!
//! A table has 256 seats, given to whoever comes first with the minimum stake. A registry without
//! an allow-list can therefore be filled by 256 seats at the minimum, and then nobody else gets in:
//! a network that others may join wants the list, or a minimum that makes a full table cost too
//! much.

#[starknet::contract]
pub mod ValidatorRegistry {
    use core::num::traits::Zero;
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePathEntry,
        StoragePointerReadAccess, StoragePointerWriteAccess,
    };
    use starknet::{ContractAddress, get_block_timestamp, get_caller_address, get_contract_address};
    use crate::governance::exits::assert_outlasts_exits;
    use crate::governance::governed::governed;
    use crate::governance::governed::governed::InternalTrait as GovernedInternal;
    use crate::governance::wired::wired::InternalTrait as WiredInternal;
    use crate::governance::wired::{WiringCheck, wired};
    use crate::interfaces::{
        IValidatorRegistry, Signature, TableEntry, ValidatorInfo, Verdict, VoteSlot, Wiring,
    };
    use crate::validators::epoch_tables::epoch_tables;
    use crate::validators::epoch_tables::epoch_tables::InternalTrait as TablesInternal;
    use crate::validators::seats;
    use crate::validators::seats::Seat;
    use crate::{bitmap, erc20, penalties, signatures, snip12, votes};

    component!(path: governed, storage: governed, event: GovernedEvent);
    component!(path: wired, storage: wired, event: WiredEvent);
    component!(path: epoch_tables, storage: tables, event: TablesEvent);

    /// A validator that checked in last in epoch e is absent once epochs e+1 and e+2 have passed.
    const MISSED_EPOCHS: u64 = 2;

    /// One registration.
    #[derive(Copy, Drop, PartialEq, starknet::Store)]
    struct Registration {
        validator: ContractAddress,
        vote_key: felt252,
        stake: u256,
        exiting: u256,
        /// Not zero once the validator asked to leave.
        unlock_at: u64,
        jailed: bool,
        /// In the newest table.
        seated: bool,
        last_check_in: u64,
    }

    #[storage]
    struct Storage {
        #[substorage(v0)]
        governed: governed::Storage,
        #[substorage(v0)]
        wired: wired::Storage,
        #[substorage(v0)]
        tables: epoch_tables::Storage,
        epoch_length: u64,
        min_stake: u256,
        unbonding: u64,
        allow_listed: bool,
        allowed: Map<ContractAddress, bool>,
        sealed: bool,
        sealed_at: u64,
        registration_count: u32,
        registrations: Map<u32, Registration>,
        /// The registration that a validator holds now; 0: none.
        current: Map<ContractAddress, u32>,
        key_used: Map<felt252, bool>,
        /// (registration, vote epoch, job, attempt): slashed for it. The epoch is part of it
        /// because reports do not ask JobManager which epoch voted: without it, a liar's own report
        /// on an epoch in which it had less at stake would stand in the way of the true one.
        punished: Map<(u32, u64, u128, u32), bool>,
    }

    #[event]
    #[derive(Drop, PartialEq, starknet::Event)]
    pub enum Event {
        #[flat]
        GovernedEvent: governed::Event,
        #[flat]
        WiredEvent: wired::Event,
        #[flat]
        TablesEvent: epoch_tables::Event,
        ValidatorAllowed: ValidatorAllowed,
        ValidatorRegistered: ValidatorRegistered,
        ValidatorStakeChanged: ValidatorStakeChanged,
        ValidatorExitRequested: ValidatorExitRequested,
        ValidatorExited: ValidatorExited,
        CheckedIn: CheckedIn,
        ValidatorDropped: ValidatorDropped,
        GenesisSealed: GenesisSealed,
        ValidatorSlashed: ValidatorSlashed,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct ValidatorAllowed {
        #[key]
        pub validator: ContractAddress,
        pub allowed: bool,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct ValidatorRegistered {
        #[key]
        pub validator: ContractAddress,
        pub vote_key: felt252,
        pub stake: u256,
        /// The first epoch that it votes in.
        pub from_epoch: u64,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct ValidatorStakeChanged {
        #[key]
        pub validator: ContractAddress,
        pub stake: u256,
        pub exiting: u256,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct ValidatorExitRequested {
        #[key]
        pub validator: ContractAddress,
        pub amount: u256,
        pub unlock_at: u64,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct ValidatorExited {
        #[key]
        pub validator: ContractAddress,
        pub amount: u256,
    }

    /// `returned`: the validator had been dropped and is in the next table again.
    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct CheckedIn {
        #[key]
        pub validator: ContractAddress,
        pub epoch: u64,
        pub returned: bool,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct ValidatorDropped {
        #[key]
        pub validator: ContractAddress,
        pub last_check_in: u64,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct GenesisSealed {
        pub sealed_at: u64,
        pub validators: u32,
    }

    /// The validator voted VALID and INVALID on one submission; it is jailed from here on.
    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct ValidatorSlashed {
        #[key]
        pub validator: ContractAddress,
        #[key]
        pub job_id: u128,
        pub attempt: u32,
        pub vote_epoch: u64,
        pub amount: u256,
        pub reporter: ContractAddress,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        owner: ContractAddress,
        upgrade_delay: u64,
        epoch_length: u64,
        min_stake: u256,
        unbonding: u64,
        allow_listed: bool,
    ) {
        assert(upgrade_delay > unbonding, 'upgrade delay within unbonding');
        assert(epoch_length > 0, 'epoch length is zero');
        assert(unbonding > epoch_length, 'unbonding within an epoch');
        assert(min_stake.is_non_zero(), 'minimum stake is zero');
        self.governed.initialize(owner, upgrade_delay);
        self.epoch_length.write(epoch_length);
        self.min_stake.write(min_stake);
        self.unbonding.write(unbonding);
        self.allow_listed.write(allow_listed);
    }

    #[abi(embed_v0)]
    impl Governed = governed::Governed<ContractState>;
    #[abi(embed_v0)]
    impl Wired = wired::Wired<ContractState>;

    impl Check of WiringCheck<ContractState> {
        fn check(self: @ContractState, wiring: Wiring) {
            assert(wiring.validators == get_contract_address(), 'wiring names another registry');
            assert_outlasts_exits(self.governed.upgrade_delay(), wiring);
        }
    }

    #[abi(embed_v0)]
    impl Registry of IValidatorRegistry<ContractState> {
        fn allow(ref self: ContractState, validator: ContractAddress, allowed: bool) {
            self.governed.assert_owner();
            self.allowed.write(validator, allowed);
            self.emit(ValidatorAllowed { validator, allowed });
        }

        fn register_validator(
            ref self: ContractState, vote_key: felt252, possession: Signature, amount: u256,
        ) {
            self.governed.assert_entry_open();
            let token = self.wired.required().token;
            let validator = get_caller_address();
            assert(
                !self.allow_listed.read() || self.allowed.read(validator), 'validator not allowed',
            );
            assert(self.current.read(validator) == 0, 'validator already registered');
            assert(amount >= self.min_stake.read(), 'stake below validator minimum');
            assert(!self.key_used.read(vote_key), 'vote key already used');
            let message = snip12::message_hash(
                snip12::domain_hash(),
                validator,
                votes::possession_struct_hash(get_contract_address(), vote_key),
            );
            assert(signatures::verifies(message, vote_key, possession), 'vote key not possessed');

            let id = self.registration_count.read() + 1;
            self.registration_count.write(id);
            self.key_used.write(vote_key, true);
            self.current.write(validator, id);
            self
                .registrations
                .write(
                    id,
                    Registration {
                        validator,
                        vote_key,
                        stake: amount,
                        exiting: 0,
                        unlock_at: 0,
                        jailed: false,
                        seated: true,
                        last_check_in: self.current_epoch(),
                    },
                );
            let from_epoch = self.effective_epoch();
            self.emit(ValidatorRegistered { validator, vote_key, stake: amount, from_epoch });
            self.take_seat(Seat { validator, id, stake: weight(amount) });
            erc20::collect(token, validator, amount);
        }

        fn top_up(ref self: ContractState, amount: u256) {
            self.governed.assert_entry_open();
            let token = self.wired.required().token;
            let (id, validator) = self.caller_in_good_standing();
            assert(amount.is_non_zero(), 'stake amount is zero');
            let entry = self.registrations.entry(id);
            let stake = entry.stake.read() + amount;
            entry.stake.write(stake);
            self.emit(ValidatorStakeChanged { validator, stake, exiting: 0 });
            if entry.seated.read() {
                let table = seats::weighed(self.tables.latest_seats().span(), id, weight(stake));
                self.tables.write_seats(self.effective_epoch(), table.span());
            }
            erc20::collect(token, validator, amount);
        }

        fn request_exit(ref self: ContractState) {
            let validator = get_caller_address();
            let id = self.current.read(validator);
            assert(id != 0, 'validator not registered');
            let before = self.registrations.read(id);
            assert(before.unlock_at == 0, 'exit already requested');

            let unlock_at = get_block_timestamp() + self.unbonding.read();
            let amount = before.stake;
            self
                .registrations
                .write(
                    id,
                    Registration {
                        stake: 0, exiting: before.exiting + amount, unlock_at, ..before,
                    },
                );
            self.emit(ValidatorExitRequested { validator, amount, unlock_at });
            self.leave_seats([id].span());
        }

        fn withdraw_exit(ref self: ContractState) {
            let token = self.wired.required().token;
            let validator = get_caller_address();
            let id = self.current.read(validator);
            assert(id != 0, 'validator not registered');
            let before = self.registrations.read(id);
            assert(before.unlock_at != 0, 'no exit requested');
            assert(get_block_timestamp() >= before.unlock_at, 'unbonding not over');

            let amount = before.exiting;
            self.current.write(validator, 0);
            self.registrations.write(id, Registration { exiting: 0, ..before });
            self.emit(ValidatorExited { validator, amount });
            erc20::pay_out(token, validator, amount);
        }

        fn check_in(ref self: ContractState) {
            let (id, validator) = self.caller_in_good_standing();
            let epoch = self.current_epoch();
            let before = self.registrations.read(id);
            self
                .registrations
                .write(id, Registration { last_check_in: epoch, seated: true, ..before });
            self.emit(CheckedIn { validator, epoch, returned: !before.seated });
            if !before.seated {
                self.take_seat(Seat { validator, id, stake: weight(before.stake) });
            }
        }

        fn drop_absent(ref self: ContractState, validator: ContractAddress) {
            let id = self.current.read(validator);
            assert(id != 0, 'validator not registered');
            let Registration { seated, last_check_in, .. } = self.registrations.read(id);
            assert(seated, 'validator not in the table');
            assert(self.current_epoch() > last_check_in + MISSED_EPOCHS, 'validator is not absent');
            self.emit(ValidatorDropped { validator, last_check_in });
            self.leave_seats([id].span());
        }

        fn seal_genesis(ref self: ContractState) {
            self.governed.assert_owner();
            assert(!self.sealed.read(), 'genesis already sealed');
            let validators = self.tables.latest_seats().len();
            assert(validators > 0, 'no validators');
            let sealed_at = get_block_timestamp();
            self.sealed.write(true);
            self.sealed_at.write(sealed_at);
            self.emit(GenesisSealed { sealed_at, validators });
        }

        fn genesis_sealed(self: @ContractState) -> bool {
            self.sealed.read()
        }

        fn current_epoch(self: @ContractState) -> u64 {
            if self.sealed.read() {
                (get_block_timestamp() - self.sealed_at.read()) / self.epoch_length.read()
            } else {
                0
            }
        }

        fn epoch_length(self: @ContractState) -> u64 {
            self.epoch_length.read()
        }

        fn unbonding(self: @ContractState) -> u64 {
            self.unbonding.read()
        }

        fn validator(self: @ContractState, validator: ContractAddress) -> ValidatorInfo {
            let id = self.current.read(validator);
            let registration = self.registrations.read(id);
            ValidatorInfo {
                registered: id != 0,
                vote_key: registration.vote_key,
                stake: registration.stake,
                exiting: registration.exiting,
                unlock_at: registration.unlock_at,
                jailed: registration.jailed,
                last_check_in: registration.last_check_in,
            }
        }

        fn table(self: @ContractState, epoch: u64) -> Array<TableEntry> {
            let mut entries = array![];
            for seat in self.tables.seats_of(epoch) {
                let registration = self.registrations.entry(seat.id);
                entries
                    .append(
                        TableEntry {
                            validator: seat.validator,
                            vote_key: registration.vote_key.read(),
                            stake: seat.stake.into(),
                            jailed: registration.jailed.read(),
                        },
                    );
            }
            entries
        }

        fn report_equivocation(
            ref self: ContractState,
            validator: ContractAddress,
            slot: VoteSlot,
            round_valid: u32,
            signature_valid: Signature,
            round_invalid: u32,
            signature_invalid: Signature,
        ) {
            let Wiring { token, proofs, .. } = self.wired.required();
            assert(slot.vote_epoch <= self.current_epoch(), 'epoch not begun');
            let seat = seats::find(self.tables.seats_of(slot.vote_epoch).span(), validator)
                .expect('validator not in that epoch');
            let offence = (seat.id, slot.vote_epoch, slot.job_id, slot.attempt);
            assert(!self.punished.read(offence), 'offence already punished');

            let vote_key = self.registrations.entry(seat.id).vote_key.read();
            let domain = snip12::domain_hash();
            let valid = votes::vote_struct_hash(proofs, slot, round_valid, Verdict::Valid);
            let invalid = votes::vote_struct_hash(proofs, slot, round_invalid, Verdict::Invalid);
            assert(
                signatures::verifies(
                    snip12::message_hash(domain, validator, valid), vote_key, signature_valid,
                ),
                'VALID vote not signed',
            );
            assert(
                signatures::verifies(
                    snip12::message_hash(domain, validator, invalid), vote_key, signature_invalid,
                ),
                'INVALID vote not signed',
            );

            let reporter = get_caller_address();
            let amount = self.punish(seat, slot.vote_epoch, slot.job_id, slot.attempt, reporter);
            self.leave_seats([seat.id].span());
            penalties::dispose(token, amount, reporter, validator);
        }

        fn slash_signers(
            ref self: ContractState,
            epoch: u64,
            bitmap: u256,
            job_id: u128,
            attempt: u32,
            reporter: ContractAddress,
        ) {
            let Wiring { token, jobs, .. } = self.wired.required();
            assert(get_caller_address() == jobs, 'caller is not JobManager');
            let table = self.tables.seats_of(epoch);
            let mut offenders = array![];
            let mut rewarded: u256 = 0;
            let mut unrewarded: u256 = 0;
            for position in bitmap::members(bitmap) {
                let seat = *table.at(position);
                if self.punished.read((seat.id, epoch, job_id, attempt)) {
                    continue;
                }
                let amount = self.punish(seat, epoch, job_id, attempt, reporter);
                offenders.append(seat.id);
                if seat.validator == reporter {
                    unrewarded += amount;
                } else {
                    rewarded += amount;
                }
            }
            if offenders.is_empty() {
                return;
            }
            self.leave_seats(offenders.span());
            penalties::dispose(token, rewarded, reporter, Zero::zero());
            erc20::burn(token, unrewarded);
        }
    }

    #[generate_trait]
    impl Private of PrivateTrait {
        /// The epoch from which a change counts.
        fn effective_epoch(self: @ContractState) -> u64 {
            if self.sealed.read() {
                self.current_epoch() + 1
            } else {
                0
            }
        }

        /// The caller's registration, which is neither jailed nor leaving.
        fn caller_in_good_standing(self: @ContractState) -> (u32, ContractAddress) {
            let validator = get_caller_address();
            let id = self.current.read(validator);
            assert(id != 0, 'validator not registered');
            let registration = self.registrations.entry(id);
            assert(!registration.jailed.read(), 'validator is jailed');
            assert(registration.unlock_at.read() == 0, 'validator is leaving');
            (id, validator)
        }

        fn take_seat(ref self: ContractState, seat: Seat) {
            let table = seats::inserted(self.tables.latest_seats().span(), seat);
            self.tables.write_seats(self.effective_epoch(), table.span());
        }

        /// Takes the registrations out of the next table, where they are in it.
        fn leave_seats(ref self: ContractState, ids: Span<u32>) {
            let before = self.tables.latest_seats().span();
            let after = seats::removed(before, ids);
            for id in ids {
                self.registrations.entry(*id).seated.write(false);
            }
            if after.len() != before.len() {
                self.tables.write_seats(self.effective_epoch(), after.span());
            }
        }

        /// Slashes half of what the registration had at stake in that epoch, and jails it. The
        /// caller takes it out of the next table and disposes of the amount, which is returned.
        fn punish(
            ref self: ContractState,
            seat: Seat,
            vote_epoch: u64,
            job_id: u128,
            attempt: u32,
            reporter: ContractAddress,
        ) -> u256 {
            self.punished.write((seat.id, vote_epoch, job_id, attempt), true);
            let before = self.registrations.read(seat.id);
            let (stake, exiting, amount) = penalties::take(
                before.stake,
                before.exiting,
                penalties::share(seat.stake.into(), penalties::EQUIVOCATION),
            );
            self
                .registrations
                .write(seat.id, Registration { stake, exiting, jailed: true, ..before });
            let validator = seat.validator;
            self
                .emit(
                    ValidatorSlashed { validator, job_id, attempt, vote_epoch, amount, reporter },
                );
            self.emit(ValidatorStakeChanged { validator, stake, exiting });
            amount
        }
    }

    fn weight(stake: u256) -> u128 {
        stake.try_into().expect('stake too large')
    }
}
