//! ValidatorRegistry: registrations, keys, epoch tables and ways out.

use crate::interfaces::{
    IGovernedDispatcher, IGovernedDispatcherTrait, ISageTokenDispatcherTrait,
    IValidatorRegistryDispatcherTrait, IValidatorRegistrySafeDispatcher,
    IValidatorRegistrySafeDispatcherTrait, Signature, TableEntry,
};
use crate::validators::epoch_tables::epoch_tables::InternalTrait as TablesInternal;
use crate::validators::seats::Seat;
use super::signing;
use super::world::{
    EPOCH, GENESIS, SAGE, UNBONDING, World, WorldTrait, act_as, at, bare, deployer, refused,
    stranger, validator, vote_key, wait,
};

fn safe(world: World) -> IValidatorRegistrySafeDispatcher {
    IValidatorRegistrySafeDispatcher { contract_address: world.wiring.validators }
}

fn sealed(count: u32) -> World {
    let world = bare();
    for number in 0..count {
        world.add_validator(number, 100 * SAGE);
    }
    act_as(deployer());
    world.validators.seal_genesis();
    world
}

fn entry(number: u32, stake: u256, jailed: bool) -> TableEntry {
    TableEntry { validator: validator(number), vote_key: vote_key(number), stake, jailed }
}

fn table_is(world: World, epoch: u64, numbers: Span<u32>) {
    let table = world.validators.table(epoch);
    assert!(table.len() == numbers.len(), "epoch {epoch}: {} seats", table.len());
    let mut position = 0;
    for number in numbers {
        let found = *table.at(position);
        assert!(found.validator == validator(*number), "epoch {epoch}, seat {position}");
        assert!(found.vote_key == vote_key(*number));
        position += 1;
    }
}

#[test]
#[feature("safe_dispatcher")]
fn registration_is_checked() {
    let world = bare();
    let who = validator(0);
    world.fund(who, 300 * SAGE);
    let possession = world.possession(0);
    let key = vote_key(0);
    act_as(who);
    world.token.approve(world.wiring.validators, 300 * SAGE);
    refused(safe(world).register_validator(key, possession, 100 * SAGE), 'validator not allowed');
    refused(safe(world).allow(who, true), 'caller is not the owner');
    act_as(deployer());
    world.validators.allow(who, true);
    act_as(who);
    refused(
        safe(world).register_validator(key, possession, 100 * SAGE - 1),
        'stake below validator minimum',
    );
    let Signature { r, s } = possession;
    let why = 'vote key not possessed';
    // The order of the curve is not below itself, and 1 − s is no signature.
    let order = core::ec::stark_curve::ORDER;
    for forged in [
        Signature { r: r + 1, s }, Signature { r, s: s + 1 }, Signature { r: 0, s },
        Signature { r, s: 0 }, Signature { r: order, s }, Signature { r, s: order },
        Signature { r: s, s: r }, world.possession(1),
    ]
        .span() {
        refused(safe(world).register_validator(key, *forged, 100 * SAGE), why);
    }
    refused(safe(world).register_validator(vote_key(1), possession, 100 * SAGE), why);
    refused(safe(world).register_validator(5, possession, 100 * SAGE), why);
    world.validators.register_validator(key, possession, 100 * SAGE);
    refused(
        safe(world).register_validator(key, possession, 100 * SAGE), 'validator already registered',
    );
    // Another account cannot take the key, whatever it signs.
    let thief = validator(1);
    world.fund(thief, 100 * SAGE);
    world.validators.allow(thief, true);
    act_as(thief);
    world.token.approve(world.wiring.validators, 100 * SAGE);
    refused(safe(world).register_validator(key, possession, 100 * SAGE), 'vote key already used');
    let info = world.validators.validator(who);
    assert!(info.registered && info.vote_key == key && info.stake == 100 * SAGE);
    assert!(!info.jailed && info.exiting == 0 && info.unlock_at == 0);
}

#[test]
fn genesis_changes_at_once_and_sorts_by_address() {
    let world = bare();
    for number in [2_u32, 0, 3, 1].span() {
        world.add_validator(*number, 100 * SAGE + (*number).into());
    }
    assert!(world.validators.current_epoch() == 0 && !world.validators.genesis_sealed());
    table_is(world, 0, [0, 1, 2, 3].span());
    assert!(*world.validators.table(0).at(2) == entry(2, 100 * SAGE + 2, false));
    act_as(validator(1));
    world.validators.request_exit();
    table_is(world, 0, [0, 2, 3].span());
    wait(10 * EPOCH);
    assert!(world.validators.current_epoch() == 0, "no epoch passes before genesis");
}

#[test]
#[feature("safe_dispatcher")]
fn sealing_starts_the_epochs() {
    let world = bare();
    act_as(deployer());
    refused(safe(world).seal_genesis(), 'no validators');
    world.add_validator(0, 100 * SAGE);
    refused(safe(world).seal_genesis(), 'caller is not the owner');
    act_as(deployer());
    world.validators.seal_genesis();
    refused(safe(world).seal_genesis(), 'genesis already sealed');
    assert!(world.validators.genesis_sealed() && world.validators.epoch_length() == EPOCH);
    at(GENESIS + EPOCH - 1);
    assert!(world.validators.current_epoch() == 0);
    at(GENESIS + EPOCH);
    assert!(world.validators.current_epoch() == 1);
}

#[test]
fn tables_of_begun_epochs_never_change() {
    let world = sealed(3);
    // Two changes in epoch 0 count from epoch 1 on.
    world.add_validator(3, 200 * SAGE);
    act_as(validator(0));
    world.validators.request_exit();
    table_is(world, 0, [0, 1, 2].span());
    table_is(world, 1, [1, 2, 3].span());
    // Many epochs without a change, then one in epoch 7.
    at(GENESIS + 7 * EPOCH);
    for epoch in 1_u64..8 {
        table_is(world, epoch, [1, 2, 3].span());
    }
    act_as(validator(2));
    world.validators.request_exit();
    table_is(world, 7, [1, 2, 3].span());
    table_is(world, 8, [1, 3].span());
    at(GENESIS + 8 * EPOCH);
    world.fund(validator(3), 50 * SAGE);
    act_as(validator(3));
    world.token.approve(world.wiring.validators, 50 * SAGE);
    world.validators.top_up(50 * SAGE);
    assert!(*world.validators.table(8).at(1) == entry(3, 200 * SAGE, false));
    assert!(*world.validators.table(9).at(1) == entry(3, 250 * SAGE, false));
    table_is(world, 0, [0, 1, 2].span());
    table_is(world, 6, [1, 2, 3].span());
    table_is(world, 1_000_000, [1, 3].span());
}

#[test]
#[feature("safe_dispatcher")]
fn the_way_out_takes_the_unbonding_time() {
    let world = sealed(2);
    let who = validator(0);
    act_as(who);
    refused(safe(world).withdraw_exit(), 'no exit requested');
    world.validators.request_exit();
    refused(safe(world).request_exit(), 'exit already requested');
    refused(safe(world).check_in(), 'validator is leaving');
    refused(safe(world).top_up(1), 'validator is leaving');
    assert!(world.validators.validator(who).exiting == 100 * SAGE);
    at(GENESIS + UNBONDING - 1);
    refused(safe(world).withdraw_exit(), 'unbonding not over');
    at(GENESIS + UNBONDING);
    world.validators.withdraw_exit();
    assert!(world.token.balance_of(who) == 100 * SAGE);
    assert!(!world.validators.validator(who).registered);
    refused(safe(world).withdraw_exit(), 'validator not registered');
    refused(safe(world).request_exit(), 'validator not registered');
    // It may come back, but not with the same key.
    world.token.approve(world.wiring.validators, 100 * SAGE);
    refused(
        safe(world).register_validator(vote_key(0), world.possession(0), 100 * SAGE),
        'vote key already used',
    );
    let fresh = signing::public_key(77);
    let message = crate::snip12::message_hash(
        crate::snip12::domain_hash_on('SN_TEST'),
        who,
        crate::votes::possession_struct_hash(world.wiring.validators, fresh),
    );
    world.validators.register_validator(fresh, signing::sign(message, 77), 100 * SAGE);
    assert!(world.validators.validator(who).vote_key == fresh);
    // The old table still holds the old key.
    assert!(*world.validators.table(0).at(0) == entry(0, 100 * SAGE, false));
}

#[test]
#[feature("safe_dispatcher")]
fn the_absent_are_dropped_and_return_by_checking_in() {
    let world = sealed(3);
    at(GENESIS + EPOCH);
    act_as(validator(0));
    world.validators.check_in();
    assert!(world.validators.validator(validator(0)).last_check_in == 1);
    at(GENESIS + 3 * EPOCH - 1);
    act_as(stranger());
    refused(safe(world).drop_absent(validator(1)), 'validator is not absent');
    refused(safe(world).drop_absent(stranger()), 'validator not registered');
    at(GENESIS + 3 * EPOCH);
    refused(safe(world).drop_absent(validator(0)), 'validator is not absent');
    world.validators.drop_absent(validator(1));
    refused(safe(world).drop_absent(validator(1)), 'validator not in the table');
    table_is(world, 3, [0, 1, 2].span());
    table_is(world, 4, [0, 2].span());
    act_as(validator(1));
    world.validators.check_in();
    table_is(world, 4, [0, 1, 2].span());
    refused(safe(world).drop_absent(validator(1)), 'validator is not absent');
}

#[test]
#[feature("safe_dispatcher")]
fn a_pause_stops_registering_and_topping_up_only() {
    let world = sealed(2);
    act_as(deployer());
    IGovernedDispatcher { contract_address: world.wiring.validators }.pause();
    act_as(validator(0));
    refused(safe(world).top_up(1), 'paused');
    refused(safe(world).register_validator(vote_key(5), world.possession(5), 100 * SAGE), 'paused');
    world.validators.check_in();
    world.validators.request_exit();
    at(GENESIS + UNBONDING);
    world.validators.withdraw_exit();
    assert!(world.token.balance_of(validator(0)) == 100 * SAGE);
}

#[test]
#[feature("safe_dispatcher")]
fn a_table_holds_no_more_than_a_bitmap_has_bits() {
    let mut seats = array![];
    for number in 0_u32..257 {
        seats.append(Seat { validator: validator(number), id: number, stake: 1 });
    }
    let mut tables = TablesHost::contract_state_for_testing();
    tables.write(0, seats.span().slice(0, 256));
    assert!(tables.length(0) == 256);
}

#[test]
#[should_panic(expected: 'validator table full')]
fn one_seat_too_many() {
    let mut seats = array![];
    for number in 0_u32..257 {
        seats.append(Seat { validator: validator(number), id: number, stake: 1 });
    }
    TablesHost::contract_state_for_testing().write(0, seats.span());
}

#[generate_trait]
impl TablesOf of TablesOfTrait {
    fn write(ref self: TablesHost::ContractState, epoch: u64, seats: Span<Seat>) {
        self.tables.write_seats(epoch, seats);
    }
    fn length(self: @TablesHost::ContractState, epoch: u64) -> u32 {
        let seats: Array<Seat> = self.tables.seats_of(epoch);
        seats.len()
    }
}

/// A contract of nothing but epoch tables.
#[starknet::contract]
mod TablesHost {
    use crate::validators::epoch_tables::epoch_tables;

    component!(path: epoch_tables, storage: tables, event: TablesEvent);

    #[storage]
    pub struct Storage {
        #[substorage(v0)]
        pub tables: epoch_tables::Storage,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        #[flat]
        TablesEvent: epoch_tables::Event,
    }
}
