//! An upgrade must come later than anyone who does not want it can leave.

use crate::interfaces::{
    IStakingManagerDispatcher, IStakingManagerDispatcherTrait, IValidatorRegistryDispatcher,
    IValidatorRegistryDispatcherTrait, Wiring,
};

/// Panics unless `upgrade_delay` is longer than the workers' and the validators' ways out.
pub fn assert_outlasts_exits(upgrade_delay: u64, wiring: Wiring) {
    let workers = IStakingManagerDispatcher { contract_address: wiring.staking }.cooldown();
    let validators = IValidatorRegistryDispatcher { contract_address: wiring.validators }
        .unbonding();
    assert(upgrade_delay > workers, 'upgrade delay within cooldown');
    assert(upgrade_delay > validators, 'upgrade delay within unbonding');
}
