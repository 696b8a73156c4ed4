package deploy

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/wire"
)

// Config says what to deploy, where, and for whom.
type Config struct {
	// Name of the network, for its profile.
	Name string
	// RPC is the URL that the profile gives to others; it may differ from the owner's.
	RPC string
	// Owner governs the contracts and gets the token's supply. The account must be deployed and pays all fees.
	Owner *chain.Sender
	// Salt separates deployments of one owner.
	Salt felt.Felt
	// Parameters of the contracts.
	Parameters Parameters
	// Auditor is the secret key to which amounts are also encrypted. Payments are impossible before there is one. The
	// zero value installs none.
	Auditor elgamal.SecretKey
	// Validators seated in epoch 0, after which genesis is sealed. With none, genesis stays open unless
	// Seal is set.
	Validators []Validator
	// Allow lists accounts that may register as validators by themselves, where the registry is
	// allow-listed.
	Allow []felt.Felt
	// Seal seals epoch 0 with those who have registered by now; results can be submitted from then on.
	Seal bool
	// Coordinator, Faucet and Bootstrap go into the profile.
	Coordinator, Faucet string
	Bootstrap           []string
	// Log gets a line for every step; nil drops them.
	Log func(line string)
}

// Validator is to be seated in epoch 0.
type Validator struct {
	// Sender of the validator's account, which is deployed if need be.
	Sender *chain.Sender
	// VoteKey signs the validator's votes.
	VoteKey starkhash.PrivateKey
	// Stake in wei, given by the owner out of the supply where the validator has less.
	Stake *big.Int
	// Fees is the STRK, in its smallest unit, that the owner gives where the validator has less; nil for none.
	Fees *big.Int
}

type run struct {
	Config
	client *chain.Client
	owner  *chain.Sender
	log    func(format string, args ...any)
}

// Run brings the network to the state that the config describes and returns its profile, which the caller saves.
func Run(ctx context.Context, c Config) (*profile.Profile, error) {
	if c.Owner == nil {
		return nil, errors.New("deploy: no owner")
	}
	if err := c.Parameters.Validate(); err != nil {
		return nil, err
	}
	r := &run{Config: c, client: c.Owner.Client(), owner: c.Owner}
	r.log = func(format string, args ...any) {
		if c.Log != nil {
			c.Log(fmt.Sprintf(format, args...))
		}
	}
	if r.client.ChainID() == chain.Mainnet && c.Parameters.Faucet != nil {
		return nil, errors.New("deploy: there is no faucet on mainnet")
	}
	// What an interrupted run left in flight comes first: the steps below look at the chain.
	if _, err := c.Owner.Recover(ctx); err != nil {
		return nil, err
	}
	all, err := plan(c.Owner.Address(), c.Salt, c.Parameters)
	if err != nil {
		return nil, err
	}
	at := addresses(all)
	for _, step := range []func() error{
		func() error { return r.place(ctx, all) },
		func() error { return r.wire(ctx, at) },
		func() error { return r.installAuditor(ctx, at) },
		func() error { return r.fundFaucet(ctx, at) },
		func() error { return r.allow(ctx, at) },
		func() error { return r.seatValidators(ctx, at) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.profile(ctx, all, at)
}

// installAuditor gives PrivacyRouter its first auditor key.
func (r *run) installAuditor(ctx context.Context, at profile.Contracts) error {
	if r.Auditor.IsZero() {
		return nil
	}
	router := bindings.NewPrivacyRouter(felt.Felt(at.Privacy), r.client)
	if epoch, _, err := router.AuditorEpoch(ctx); err != nil || epoch > 0 {
		return err
	}
	call, err := privacy.RotateAuditor(ctx, privacy.Contracts{
		ChainID: r.client.ChainIDFelt(), Privacy: router,
		Payments: bindings.NewPaymentRouter(felt.Felt(at.Payments), r.client),
		Token:    bindings.NewSageToken(felt.Felt(at.Token), r.client),
	}, r.owner.Address(), r.Auditor)
	if err != nil {
		return fmt.Errorf("install the auditor key: %w", err)
	}
	receipt, err := r.owner.Send(ctx, call)
	if err != nil {
		return fmt.Errorf("install the auditor key: %w", err)
	}
	r.log("installed the auditor key: transaction %s", receipt.Hash.String())
	return nil
}

// fundFaucet fills a faucet that cannot give anything.
func (r *run) fundFaucet(ctx context.Context, at profile.Contracts) error {
	f := r.Parameters.Faucet
	if f == nil || f.Funding.Sign() == 0 {
		return nil
	}
	token := bindings.NewSageToken(felt.Felt(at.Token), r.client)
	has, err := token.BalanceOf(ctx, felt.Felt(at.Faucet))
	if err != nil || has.Big().Cmp(f.Drip) >= 0 {
		return err
	}
	if err := r.give(ctx, felt.Felt(at.Token), felt.Felt(at.Faucet), f.Funding); err != nil {
		return fmt.Errorf("fund the faucet: %w", err)
	}
	return nil
}

// give transfers SAGE of the owner, with both amounts in the error when there is not enough.
func (r *run) give(ctx context.Context, tokenAddress, to felt.Felt, wei *big.Int) error {
	token := bindings.NewSageToken(tokenAddress, r.client)
	has, err := token.BalanceOf(ctx, r.owner.Address())
	if err != nil {
		return err
	}
	if has.Big().Cmp(wei) < 0 {
		return &chain.InsufficientBalanceError{Account: r.owner.Address(), Token: "SAGE", Have: has.Big(), Need: wei}
	}
	receipt, err := r.owner.Send(ctx, token.Transfer(to, u256(wei)))
	if err != nil {
		return err
	}
	r.log("gave %s SAGE to %s: transaction %s", amount.Format(wei), to.String(), receipt.Hash.String())
	return nil
}

// seatValidators registers the validators that are not yet, and seals genesis.
func (r *run) seatValidators(ctx context.Context, at profile.Contracts) error {
	registry := bindings.NewValidatorRegistry(felt.Felt(at.Validators), r.client)
	for i, v := range r.Validators {
		info, err := registry.Validator(ctx, v.Sender.Address())
		if err != nil {
			return err
		}
		if info.Registered {
			continue
		}
		if err := r.seat(ctx, at, registry, v); err != nil {
			return fmt.Errorf("seat validator %d: %w", i+1, err)
		}
	}
	if len(r.Validators) == 0 && !r.Seal {
		return nil
	}
	if sealed, err := registry.GenesisSealed(ctx); err != nil || sealed {
		return err
	}
	receipt, err := r.owner.Send(ctx, registry.SealGenesis())
	if err != nil {
		return fmt.Errorf("seal genesis: %w", err)
	}
	seated, err := registry.Table(ctx, 0)
	if err != nil {
		return err
	}
	r.log("sealed genesis with %d validators: transaction %s", len(seated), receipt.Hash.String())
	return nil
}

// allow lets accounts register as validators. Who was allowed before may be allowed again: the contract
// has no view to look first, so only accounts that are not registered yet are sent.
func (r *run) allow(ctx context.Context, at profile.Contracts) error {
	if !r.Parameters.AllowListed {
		return nil
	}
	registry := bindings.NewValidatorRegistry(felt.Felt(at.Validators), r.client)
	var calls []abi.Call
	for _, account := range r.Allow {
		info, err := registry.Validator(ctx, account)
		if err != nil {
			return err
		}
		if !info.Registered {
			calls = append(calls, registry.Allow(account, true))
		}
	}
	if len(calls) == 0 {
		return nil
	}
	receipt, err := r.owner.Send(ctx, calls...)
	if err != nil {
		return fmt.Errorf("allow validators: %w", err)
	}
	r.log("allowed %d accounts to register as validators: transaction %s", len(calls), receipt.Hash.String())
	return nil
}

// Undone says what a network still lacks before jobs can be paid on it, one line each, for its operator.
func Undone(ctx context.Context, client *chain.Client, p *profile.Profile) ([]string, error) {
	var lines []string
	registry := bindings.NewValidatorRegistry(felt.Felt(p.Contracts.Validators), client)
	sealed, err := registry.GenesisSealed(ctx)
	if err != nil {
		return nil, err
	}
	if !sealed {
		lines = append(lines, "no validators vote: let accounts register (allow, then sage-validator register), then seal genesis; until then no result can be submitted")
	}
	if p.Auditor == (profile.Point{}) {
		lines = append(lines, "there is no auditor key: no payment can be made before one is installed")
	}
	if len(p.Bootstrap) == 0 {
		lines = append(lines, "the profile names no bootstrap peers: validators, workers and coordinator do not find each other by it")
	}
	if p.Coordinator == "" {
		lines = append(lines, "the profile names no coordinator: workers must be given one")
	}
	return lines, nil
}

func (r *run) seat(ctx context.Context, at profile.Contracts, registry bindings.ValidatorRegistry, v Validator) error {
	address := v.Sender.Address()
	token := bindings.NewSageToken(felt.Felt(at.Token), r.client)
	// All that the owner does for the validator, in one transaction.
	var calls []abi.Call
	if r.Parameters.AllowListed {
		calls = append(calls, registry.Allow(address, true))
	}
	has, err := token.BalanceOf(ctx, address)
	if err != nil {
		return err
	}
	if missing := new(big.Int).Sub(v.Stake, has.Big()); missing.Sign() > 0 {
		calls = append(calls, token.Transfer(address, u256(missing)))
	}
	if v.Fees != nil {
		has, err := r.client.FeeBalance(ctx, address)
		if err != nil {
			return err
		}
		if missing := new(big.Int).Sub(v.Fees, has); missing.Sign() > 0 {
			calls = append(calls, bindings.NewSageToken(chain.FeeToken, r.client).Transfer(address, u256(missing)))
		}
	}
	if len(calls) > 0 {
		if _, err := r.owner.Send(ctx, calls...); err != nil {
			return err
		}
	}
	if _, err := v.Sender.Recover(ctx); err != nil {
		return err
	}
	if there, err := r.client.Deployed(ctx, address); err != nil {
		return err
	} else if !there {
		if err := v.Sender.DeployAccount(ctx, chain.AccountClass); err != nil {
			return err
		}
	}
	voteKey := v.VoteKey.PublicKey().X()
	possession, err := v.VoteKey.Sign(wire.VoteKeyHash(r.client.ChainIDFelt(), registry.Address(), address, voteKey))
	if err != nil {
		return fmt.Errorf("sign with the vote key: %w", err)
	}
	receipt, err := v.Sender.Send(ctx,
		token.Approve(registry.Address(), u256(v.Stake)),
		registry.RegisterValidator(voteKey, bindings.Signature{R: possession.R, S: possession.S}, u256(v.Stake)))
	if err != nil {
		return err
	}
	r.log("validator %s staked %s SAGE: transaction %s", address.String(), amount.Format(v.Stake), receipt.Hash.String())
	return nil
}

// profile describes what Run has made or found.
func (r *run) profile(ctx context.Context, all []*contract, at profile.Contracts) (*profile.Profile, error) {
	p := &profile.Profile{
		Version: profile.Version, Name: r.Name, RPC: r.RPC, ChainID: r.client.ChainID(),
		Contracts: at, Classes: map[string]wire.Felt{}, AccountClass: wire.Felt(chain.AccountClass),
		Bootstrap: r.Bootstrap, Coordinator: r.Coordinator, Faucet: r.Faucet,
		Windows: r.Parameters.Windows, EpochLength: r.Parameters.EpochLength, DefaultPrice: r.Parameters.DefaultPrice,
	}
	for _, c := range all {
		p.Classes[c.name] = wire.Felt(c.class.Hash())
	}
	router := bindings.NewPrivacyRouter(felt.Felt(at.Privacy), r.client)
	epoch, _, err := router.AuditorEpoch(ctx)
	if err != nil {
		return nil, err
	}
	if epoch > 0 {
		key, err := router.AuditorKey(ctx, epoch)
		if err != nil {
			return nil, err
		}
		p.Auditor = profile.Point{X: wire.Felt(key.X), Y: wire.Felt(key.Y)}
	}
	if p.FromBlock, err = r.client.DeployedAt(ctx, felt.Felt(at.Token)); err != nil {
		return nil, err
	}
	return p, p.Validate()
}
