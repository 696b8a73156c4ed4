//! The validators of every epoch. A table is written when something changes, for the epoch that
//! follows, and holds until the next one; what an epoch that has begun reads never changes.

#[starknet::component]
pub mod epoch_tables {
    use starknet::ContractAddress;
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePointerReadAccess,
        StoragePointerWriteAccess,
    };
    use crate::validators::seats::{Seat, Weight};

    /// The width of a certificate's bitmap.
    pub const CAPACITY: u32 = 256;

    #[storage]
    pub struct Storage {
        /// The newest version. Version 0 is the table of genesis.
        tables_latest: u32,
        /// First epoch of a version; strictly ascending.
        tables_from: Map<u32, u64>,
        tables_length: Map<u32, u32>,
        tables_weights: Map<(u32, u32), Weight>,
        tables_holder: Map<u32, ContractAddress>,
    }

    #[event]
    #[derive(Drop, PartialEq, starknet::Event)]
    pub enum Event {
        TableChanged: TableChanged,
    }

    /// The table that holds from `epoch` on, unless another change comes before `epoch` begins.
    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct TableChanged {
        #[key]
        pub epoch: u64,
        pub validators: u32,
        pub total_stake: u256,
    }

    #[generate_trait]
    pub impl Internal<
        TContractState, +HasComponent<TContractState>,
    > of InternalTrait<TContractState> {
        /// The table of `epoch`. For an epoch that has not begun this may still change.
        fn seats_of(self: @ComponentState<TContractState>, epoch: u64) -> Array<Seat> {
            self.load(self.version_of(epoch))
        }

        /// The table as the last change left it.
        fn latest_seats(self: @ComponentState<TContractState>) -> Array<Seat> {
            self.load(self.tables_latest.read())
        }

        /// Makes `seats` the table from `epoch` on. `epoch` is the next to begin, or 0 before
        /// genesis is sealed.
        fn write_seats(ref self: ComponentState<TContractState>, epoch: u64, seats: Span<Seat>) {
            assert(seats.len() <= CAPACITY, 'validator table full');
            let mut version = self.tables_latest.read();
            let from = self.tables_from.read(version);
            assert(epoch >= from, 'epoch already begun');
            if epoch > from {
                version += 1;
                self.tables_latest.write(version);
                self.tables_from.write(version, epoch);
            }
            let mut total_stake: u256 = 0;
            let mut position = 0;
            for seat in seats {
                let Seat { validator, id, stake } = *seat;
                self.tables_weights.write((version, position), Weight { id, stake });
                self.tables_holder.write(id, validator);
                total_stake += stake.into();
                position += 1;
            }
            self.tables_length.write(version, position);
            self.emit(TableChanged { epoch, validators: position, total_stake });
        }

        fn load(self: @ComponentState<TContractState>, version: u32) -> Array<Seat> {
            let length = self.tables_length.read(version);
            let mut seats = array![];
            for position in 0..length {
                let Weight { id, stake } = self.tables_weights.read((version, position));
                seats.append(Seat { validator: self.tables_holder.read(id), id, stake });
            }
            seats
        }

        /// The last version that begins at or before `epoch`: at most 32 reads.
        fn version_of(self: @ComponentState<TContractState>, epoch: u64) -> u32 {
            let mut low = 0;
            let mut high = self.tables_latest.read();
            while low < high {
                // The upper middle, so that the range shrinks whichever half is kept.
                let middle = high - (high - low) / 2;
                if self.tables_from.read(middle) <= epoch {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            low
        }
    }
}
