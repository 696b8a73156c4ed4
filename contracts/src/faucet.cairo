//! Hands out SAGE on test networks.

#[starknet::contract]
pub mod Faucet {
    use core::cmp::min;
    use core::num::traits::Zero;
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePointerReadAccess,
        StoragePointerWriteAccess,
    };
    use starknet::{ContractAddress, get_block_timestamp, get_contract_address, get_tx_info};
    use crate::erc20;
    use crate::governance::governed::governed;
    use crate::governance::governed::governed::InternalTrait as GovernedInternal;
    use crate::interfaces::{IFaucet, ISageTokenDispatcher, ISageTokenDispatcherTrait};

    component!(path: governed, storage: governed, event: GovernedEvent);

    const DAY: u64 = 86_400;
    /// Nobody has funds to take out of a faucet: a day's notice is plenty.
    const UPGRADE_DELAY: u64 = DAY;

    #[storage]
    struct Storage {
        #[substorage(v0)]
        governed: governed::Storage,
        token: ContractAddress,
        drip_amount: u256,
        interval: u64,
        daily_cap: u256,
        next_drip: Map<ContractAddress, u64>,
        dripped: Map<u64, u256>,
    }

    #[event]
    #[derive(Drop, PartialEq, starknet::Event)]
    pub enum Event {
        #[flat]
        GovernedEvent: governed::Event,
        Dripped: Dripped,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct Dripped {
        #[key]
        pub recipient: ContractAddress,
        pub amount: u256,
        pub next_drip_at: u64,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        owner: ContractAddress,
        token: ContractAddress,
        drip_amount: u256,
        interval: u64,
        daily_cap: u256,
    ) {
        refuse_mainnet();
        assert(token.is_non_zero(), 'token is zero');
        assert(drip_amount.is_non_zero(), 'drip amount is zero');
        assert(daily_cap >= drip_amount, 'daily cap below one drip');
        self.governed.initialize(owner, UPGRADE_DELAY);
        self.token.write(token);
        self.drip_amount.write(drip_amount);
        self.interval.write(interval);
        self.daily_cap.write(daily_cap);
    }

    #[abi(embed_v0)]
    impl Governed = governed::Governed<ContractState>;

    #[abi(embed_v0)]
    impl FaucetImpl of IFaucet<ContractState> {
        fn drip(ref self: ContractState, recipient: ContractAddress) {
            refuse_mainnet();
            self.governed.assert_entry_open();
            assert(recipient.is_non_zero(), 'recipient is zero');
            let now = get_block_timestamp();
            assert(now >= self.next_drip.read(recipient), 'recipient served too recently');
            let amount = self.drip_amount.read();
            assert(self.remaining_today() >= amount, 'faucet is empty for today');

            let next_drip_at = now + self.interval.read();
            self.next_drip.write(recipient, next_drip_at);
            self.dripped.write(now / DAY, self.dripped.read(now / DAY) + amount);
            self.emit(Dripped { recipient, amount, next_drip_at });
            erc20::pay_out(self.token.read(), recipient, amount);
        }

        fn drip_amount(self: @ContractState) -> u256 {
            self.drip_amount.read()
        }

        fn next_drip_at(self: @ContractState, recipient: ContractAddress) -> u64 {
            let next = self.next_drip.read(recipient);
            if next <= get_block_timestamp() {
                0
            } else {
                next
            }
        }

        /// What the day's cap and the faucet's own balance leave.
        fn remaining_today(self: @ContractState) -> u256 {
            let left = self.daily_cap.read() - self.dripped.read(get_block_timestamp() / DAY);
            let held = ISageTokenDispatcher { contract_address: self.token.read() }
                .balance_of(get_contract_address());
            min(left, held)
        }
    }

    fn refuse_mainnet() {
        assert(get_tx_info().chain_id != 'SN_MAIN', 'no faucet on mainnet');
    }
}
