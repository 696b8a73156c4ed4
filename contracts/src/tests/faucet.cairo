//! Faucet: limits by recipient and by day, and no mainnet.

use starknet::SyscallResultTrait;
use starknet::syscalls::deploy_syscall;
use starknet::testing::set_chain_id;
use crate::faucet::Faucet;
use crate::interfaces::{
    IFaucetDispatcher, IFaucetDispatcherTrait, IFaucetSafeDispatcher, IFaucetSafeDispatcherTrait,
    IGovernedDispatcher, IGovernedDispatcherTrait, ISageTokenDispatcherTrait,
};
use super::world::{
    SAGE, World, WorldTrait, act_as, address, at, bare, calldata, deployer, refused, stranger,
};

const DAY: u64 = 86_400;
const MORNING: u64 = 20_000 * DAY;

fn faucet(world: World, funds: u256) -> IFaucetDispatcher {
    at(MORNING);
    let (contract_address, _) = deploy_syscall(
        Faucet::TEST_CLASS_HASH,
        0,
        calldata((deployer(), world.wiring.token, 10 * SAGE, 3_600_u64, 25 * SAGE)).span(),
        false,
    )
        .unwrap_syscall();
    world.fund(contract_address, funds);
    act_as(stranger());
    IFaucetDispatcher { contract_address }
}

#[test]
#[feature("safe_dispatcher")]
fn serves_each_once_an_interval_and_all_up_to_the_cap() {
    let world = bare();
    let faucet = faucet(world, 100 * SAGE);
    let safe = IFaucetSafeDispatcher { contract_address: faucet.contract_address };
    let (a, b, c) = (address('a'), address('b'), address('c'));
    assert!(faucet.drip_amount() == 10 * SAGE && faucet.remaining_today() == 25 * SAGE);
    assert!(faucet.next_drip_at(a) == 0);
    faucet.drip(a);
    assert!(world.token.balance_of(a) == 10 * SAGE);
    assert!(faucet.next_drip_at(a) == MORNING + 3_600);
    refused(safe.drip(a), 'recipient served too recently');
    at(MORNING + 3_599);
    refused(safe.drip(a), 'recipient served too recently');
    at(MORNING + 3_600);
    assert!(faucet.next_drip_at(a) == 0);
    faucet.drip(a);
    assert!(faucet.remaining_today() == 5 * SAGE);
    refused(safe.drip(b), 'faucet is empty for today');
    at(MORNING + DAY - 1);
    refused(safe.drip(b), 'faucet is empty for today');
    at(MORNING + DAY);
    faucet.drip(b);
    faucet.drip(c);
    assert!(faucet.remaining_today() == 5 * SAGE);
    assert!(world.token.balance_of(faucet.contract_address) == 60 * SAGE);
}

#[test]
#[feature("safe_dispatcher")]
fn gives_no_more_than_it_holds() {
    let world = bare();
    let faucet = faucet(world, 15 * SAGE);
    let safe = IFaucetSafeDispatcher { contract_address: faucet.contract_address };
    assert!(faucet.remaining_today() == 15 * SAGE);
    faucet.drip(address('a'));
    refused(safe.drip(address('b')), 'faucet is empty for today');
    refused(safe.drip(address(0)), 'recipient is zero');
}

#[test]
#[feature("safe_dispatcher")]
fn can_be_paused() {
    let world = bare();
    let faucet = faucet(world, 100 * SAGE);
    act_as(deployer());
    IGovernedDispatcher { contract_address: faucet.contract_address }.pause();
    let safe = IFaucetSafeDispatcher { contract_address: faucet.contract_address };
    refused(safe.drip(address('a')), 'paused');
}

#[test]
#[feature("safe_dispatcher")]
fn refuses_mainnet() {
    let world = bare();
    let faucet = faucet(world, 100 * SAGE);
    set_chain_id('SN_MAIN');
    let arguments = calldata((deployer(), world.wiring.token, SAGE, 1_u64, SAGE));
    let refusal = deploy_syscall(Faucet::TEST_CLASS_HASH, 1, arguments.span(), false);
    assert!(*refusal.unwrap_err().at(0) == 'no faucet on mainnet');
    let safe = IFaucetSafeDispatcher { contract_address: faucet.contract_address };
    refused(safe.drip(address('a')), 'no faucet on mainnet');
}

#[test]
fn refuses_senseless_limits() {
    let world = bare();
    let token = world.wiring.token;
    let cases = array![
        (calldata((deployer(), token, 0_u256, 1_u64, SAGE)), 'drip amount is zero'),
        (calldata((deployer(), token, 2 * SAGE, 1_u64, SAGE)), 'daily cap below one drip'),
        (calldata((deployer(), address(0), SAGE, 1_u64, SAGE)), 'token is zero'),
        (calldata((address(0), token, SAGE, 1_u64, SAGE)), 'owner is zero'),
    ];
    for (arguments, why) in cases {
        let refusal = deploy_syscall(Faucet::TEST_CLASS_HASH, 1, arguments.span(), false);
        assert!(*refusal.unwrap_err().at(0) == why);
    }
}
