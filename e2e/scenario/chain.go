package scenario

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/e2e/localnet"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/wallet"
)

// Contracts are the typed contracts of a local network.
type Contracts struct {
	Client     *chain.Client
	Token      bindings.SageToken
	Staking    bindings.StakingManager
	Validators bindings.ValidatorRegistry
	Jobs       bindings.JobManager
	Proofs     bindings.ProofVerifier
	Payments   bindings.PaymentRouter
	Privacy    bindings.PrivacyRouter
	Reputation bindings.ReputationManager

	fromBlock uint64
	solver    *elgamal.Solver
}

// Bind gives the contracts of a network.
func Bind(n *localnet.Network) (*Contracts, error) {
	solver, err := elgamal.NewSolver(16)
	if err != nil {
		return nil, err
	}
	c, at := n.Devnet.Client(), n.Profile.Contracts
	return &Contracts{
		Client:     c,
		Token:      bindings.NewSageToken(felt.Felt(at.Token), c),
		Staking:    bindings.NewStakingManager(felt.Felt(at.Staking), c),
		Validators: bindings.NewValidatorRegistry(felt.Felt(at.Validators), c),
		Jobs:       bindings.NewJobManager(felt.Felt(at.Jobs), c),
		Proofs:     bindings.NewProofVerifier(felt.Felt(at.Proofs), c),
		Payments:   bindings.NewPaymentRouter(felt.Felt(at.Payments), c),
		Privacy:    bindings.NewPrivacyRouter(felt.Felt(at.Privacy), c),
		Reputation: bindings.NewReputationManager(felt.Felt(at.Reputation), c),
		fromBlock:  n.Profile.FromBlock,
		solver:     solver,
	}, nil
}

// Private decrypts the private account of a home's role, which has the local network's password.
func (c *Contracts) Private(ctx context.Context, home, role string) (privacy.State, error) {
	account, err := c.privateAccount(home, role)
	if err != nil {
		return privacy.State{}, err
	}
	return account.State(ctx)
}

func (c *Contracts) privateAccount(home, role string) (*privacy.Account, error) {
	folder := wallet.Folder(filepath.Join(home, role, "wallet"))
	secret, err := folder.Open(wallet.ElGamal, localnet.Password)
	if err != nil {
		return nil, err
	}
	key, err := elgamal.NewSecretKey(secret.Secret())
	if err != nil {
		return nil, err
	}
	address, err := folder.AccountAddress()
	if err != nil {
		return nil, err
	}
	return privacy.NewAccount(privacy.Contracts{ChainID: c.Client.ChainIDFelt(), Privacy: c.Privacy, Payments: c.Payments, Token: c.Token}, address, key, c.solver)
}

// Attempt reads an attempt of a job.
func (c *Contracts) Attempt(ctx context.Context, id job.ID, attempt uint32) (bindings.Attempt, error) {
	return c.Jobs.Attempt(ctx, abi.U128(id), attempt)
}

// Events collects all events of a contract so far that decode as E.
func Events[E abi.TypedEvent](ctx context.Context, c *Contracts, contract felt.Felt, decode func(abi.Event) (abi.TypedEvent, error)) ([]E, []felt.Felt, error) {
	latest, err := c.Client.Latest(ctx)
	if err != nil {
		return nil, nil, err
	}
	var out []E
	var transactions []felt.Felt
	for event, err := range c.Client.Events(ctx, chain.Filter{Contract: contract, From: c.fromBlock, To: latest.Number}) {
		if err != nil {
			return nil, nil, err
		}
		typed, err := decode(event)
		if err != nil {
			return nil, nil, err
		}
		if e, ok := typed.(E); ok {
			out = append(out, e)
			transactions = append(transactions, event.TransactionHash)
		}
	}
	return out, transactions, nil
}

// last is the newest event of a kind that fits, with its transaction.
func last[E abi.TypedEvent](ctx context.Context, c *Contracts, contract felt.Felt, decode func(abi.Event) (abi.TypedEvent, error), fits func(E) bool) (event E, transaction felt.Felt, err error) {
	events, transactions, err := Events[E](ctx, c, contract, decode)
	if err != nil {
		return event, felt.Felt{}, err
	}
	for i := len(events) - 1; i >= 0; i-- {
		if fits(events[i]) {
			return events[i], transactions[i], nil
		}
	}
	return event, felt.Felt{}, unexpected("no such event among %d", len(events))
}

// Await polls the chain until check is true.
func Await(ctx context.Context, what string, crashed func() error, check func() (bool, error)) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := check(); err != nil || ok {
			return err
		}
		if err := crashed(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
}

// errUnexpected starts every error of a check: the chain is not as the step left it.
var errUnexpected = errors.New("the chain says otherwise")

func unexpected(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUnexpected, fmt.Sprintf(format, args...))
}

// randomSeed is a seed for a job's matrices.
func randomSeed() job.Hash {
	var h job.Hash
	rand.Read(h[:])
	return h
}

// signed sums the stake that a bitmap stands for, and the epoch's total.
func (c *Contracts) signed(ctx context.Context, epoch uint64, bitmap abi.U256) (signed, total *big.Int, err error) {
	table, err := c.Validators.Table(ctx, epoch)
	if err != nil {
		return nil, nil, err
	}
	signed, total = new(big.Int), new(big.Int)
	bits := bitmap.Big()
	for i, entry := range table {
		total.Add(total, entry.Stake.Big())
		if bits.Bit(i) == 1 {
			signed.Add(signed, entry.Stake.Big())
		}
	}
	return signed, total, nil
}
