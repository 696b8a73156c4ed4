//! The least account there can be, of a class as new as the contracts under test: a network bills
//! Sierra gas only where the account does not stand in the way.

#[starknet::contract(account)]
pub mod PlainAccount {
    use core::ecdsa::check_ecdsa_signature;
    use starknet::account::Call;
    use starknet::storage::{StoragePointerReadAccess, StoragePointerWriteAccess};
    use starknet::syscalls::call_contract_syscall;
    use starknet::{SyscallResultTrait, VALIDATED, get_caller_address, get_tx_info};

    #[storage]
    struct Storage {
        public_key: felt252,
    }

    #[constructor]
    fn constructor(ref self: ContractState, public_key: felt252) {
        self.public_key.write(public_key);
    }

    #[external(v0)]
    fn __validate__(self: @ContractState, calls: Array<Call>) -> felt252 {
        let info = get_tx_info().unbox();
        let [r, s] = (*info.signature.try_into().expect('no signature')).unbox();
        assert(
            check_ecdsa_signature(info.transaction_hash, self.public_key.read(), r, s),
            'invalid signature',
        );
        VALIDATED
    }

    #[external(v0)]
    fn __execute__(ref self: ContractState, mut calls: Array<Call>) -> Array<Span<felt252>> {
        assert(get_caller_address() == 0.try_into().unwrap(), 'caller is not the network');
        let mut results = array![];
        while let Some(Call { to, selector, calldata }) = calls.pop_front() {
            results.append(call_contract_syscall(to, selector, calldata).unwrap_syscall());
        }
        results
    }
}
