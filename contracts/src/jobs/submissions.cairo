//! The stored side of the trees of submissions: one for every epoch.

#[starknet::component]
pub mod submissions {
    use starknet::storage::{Map, StorageMapReadAccess, StorageMapWriteAccess};
    use crate::jobs::result_tree;

    #[storage]
    pub struct Storage {
        submissions_count: Map<u64, u32>,
        submissions_frontier: Map<(u64, u32), felt252>,
    }

    #[event]
    #[derive(Drop, PartialEq, starknet::Event)]
    pub enum Event {}

    #[generate_trait]
    pub impl Internal<
        TContractState, +HasComponent<TContractState>,
    > of InternalTrait<TContractState> {
        /// Returns the leaf's position.
        fn append(ref self: ComponentState<TContractState>, epoch: u64, leaf: felt252) -> u32 {
            let count = self.submissions_count.read(epoch);
            let frontier = self.frontier(epoch, result_tree::append_reads(count));
            let (level, value) = result_tree::append(frontier, count, leaf);
            self.submissions_frontier.write((epoch, level), value);
            self.submissions_count.write(epoch, count + 1);
            count
        }

        /// The epoch's root, and how many leaves it is over.
        fn root(self: @ComponentState<TContractState>, epoch: u64) -> (felt252, u32) {
            let count = self.submissions_count.read(epoch);
            (result_tree::root(self.frontier(epoch, result_tree::DEPTH), count), count)
        }

        fn frontier(
            self: @ComponentState<TContractState>, epoch: u64, levels: u32,
        ) -> Span<felt252> {
            let mut frontier = array![];
            for level in 0..levels {
                frontier.append(self.submissions_frontier.read((epoch, level)));
            }
            frontier.span()
        }
    }
}
