package deploy

import (
	"context"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/contracts"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wire"
)

// contract is one to be deployed: its class and where it comes to lie.
type contract struct {
	name        string
	class       chain.Class
	constructor []felt.Felt
	address     felt.Felt
}

// plan computes the addresses of all contracts, in the order of their deployment.
func plan(owner, salt felt.Felt, p Parameters) ([]*contract, error) {
	token := &contract{name: "SageToken", constructor: bindings.SageTokenConstructor(owner, u256(p.Supply))}
	all := []*contract{
		token,
		{name: "StakingManager", constructor: bindings.StakingManagerConstructor(owner, p.UpgradeDelay, p.Cooldown)},
		{name: "ValidatorRegistry", constructor: bindings.ValidatorRegistryConstructor(owner, p.UpgradeDelay, p.EpochLength, u256(p.MinValidatorStake), p.Unbonding, p.AllowListed)},
		{name: "JobManager", constructor: bindings.JobManagerConstructor(owner, p.UpgradeDelay, u256(p.JobFee), windows(p.MinWindows), windows(p.MaxWindows))},
		{name: "ProofVerifier", constructor: bindings.ProofVerifierConstructor(owner, p.UpgradeDelay)},
		{name: "PaymentRouter", constructor: bindings.PaymentRouterConstructor(owner, p.UpgradeDelay)},
		{name: "PrivacyRouter", constructor: bindings.PrivacyRouterConstructor(owner, p.UpgradeDelay, p.DepositFee, p.AuditorGrace)},
		{name: "ReputationManager", constructor: bindings.ReputationManagerConstructor(owner, p.UpgradeDelay)},
	}
	place := func(c *contract) error {
		files, err := contracts.Load(c.name)
		if err != nil {
			return err
		}
		if c.class, err = chain.ParseClass(files.Sierra, files.CASM); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		c.address = chain.DeployedAddress(owner, c.class.Hash(), saltOf(salt, c.name), c.constructor)
		return nil
	}
	for _, c := range all {
		if err := place(c); err != nil {
			return nil, err
		}
	}
	if f := p.Faucet; f != nil {
		c := &contract{name: "Faucet", constructor: bindings.FaucetConstructor(owner, token.address, u256(f.Drip), f.Interval, u256(f.DailyCap))}
		if err := place(c); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// saltOf separates contracts of one deployment that have the same class and constructor.
func saltOf(salt felt.Felt, name string) felt.Felt {
	return starkhash.PoseidonMany(starkhash.MustShortString("SAGE/DEPLOY/1"), salt, starkhash.MustShortString(name))
}

// addresses returns the profile's view of the planned contracts.
func addresses(all []*contract) profile.Contracts {
	at := map[string]wire.Felt{}
	for _, c := range all {
		at[c.name] = wire.Felt(c.address)
	}
	return profile.Contracts{
		Token: at["SageToken"], Faucet: at["Faucet"], Staking: at["StakingManager"], Validators: at["ValidatorRegistry"],
		Jobs: at["JobManager"], Proofs: at["ProofVerifier"], Payments: at["PaymentRouter"], Privacy: at["PrivacyRouter"],
		Reputation: at["ReputationManager"],
	}
}

// place declares the classes that the chain does not know and deploys the contracts that it does not have, in one
// transaction.
func (r *run) place(ctx context.Context, all []*contract) error {
	var missing []abi.Call
	for _, c := range all {
		class, err := r.client.ClassHashAt(ctx, c.address)
		switch {
		case err == nil && class == c.class.Hash():
			continue
		case err == nil:
			r.log("%s at %s was upgraded to class %s since", c.name, c.address.String(), class.String())
			continue
		case !errors.Is(err, chain.ErrNotFound):
			return err
		}
		hash := c.class.Hash()
		declared, err := r.client.Declared(ctx, hash)
		if err != nil {
			return err
		}
		if !declared {
			if err := r.owner.Declare(ctx, c.class); err != nil {
				return fmt.Errorf("declare %s: %w", c.name, err)
			}
			r.log("declared %s, class %s", c.name, hash.String())
		}
		missing = append(missing, chain.Deploy(hash, saltOf(r.Salt, c.name), c.constructor))
	}
	if len(missing) == 0 {
		return nil
	}
	receipt, err := r.owner.Send(ctx, missing...)
	if err != nil {
		return fmt.Errorf("deploy %d contracts: %w", len(missing), err)
	}
	r.log("deployed %d contracts: transaction %s", len(missing), receipt.Hash.String())
	return nil
}

// wired is what the contracts that know each other have in common.
type wired interface {
	Address() felt.Felt
	Wire(bindings.Wiring) abi.Call
	Wiring(context.Context) (bindings.Wiring, error)
}

// wire makes the contracts known to each other, in one transaction. Wirings that exist must be the planned ones: they can
// never be changed.
func (r *run) wire(ctx context.Context, at profile.Contracts) error {
	want := bindings.Wiring{
		Token: felt.Felt(at.Token), Staking: felt.Felt(at.Staking), Validators: felt.Felt(at.Validators), Jobs: felt.Felt(at.Jobs),
		Proofs: felt.Felt(at.Proofs), Payments: felt.Felt(at.Payments), Privacy: felt.Felt(at.Privacy), Reputation: felt.Felt(at.Reputation),
	}
	var calls []abi.Call
	for _, c := range []wired{
		bindings.NewStakingManager(want.Staking, r.client), bindings.NewValidatorRegistry(want.Validators, r.client),
		bindings.NewJobManager(want.Jobs, r.client), bindings.NewProofVerifier(want.Proofs, r.client),
		bindings.NewPaymentRouter(want.Payments, r.client), bindings.NewPrivacyRouter(want.Privacy, r.client),
		bindings.NewReputationManager(want.Reputation, r.client),
	} {
		have, err := c.Wiring(ctx)
		if err != nil {
			return err
		}
		switch have {
		case want:
		case bindings.Wiring{}:
			calls = append(calls, c.Wire(want))
		default:
			address := c.Address()
			return fmt.Errorf("deploy: the contract %s is wired to other contracts, which cannot be changed: choose another salt", address.String())
		}
	}
	if len(calls) == 0 {
		return nil
	}
	receipt, err := r.owner.Send(ctx, calls...)
	if err != nil {
		return fmt.Errorf("wire the contracts: %w", err)
	}
	r.log("wired %d contracts: transaction %s", len(calls), receipt.Hash.String())
	return nil
}
