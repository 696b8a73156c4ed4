package onchain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/chain/upgrades"
	"github.com/sage-network/sage-node/coordinator/bundle"
	"github.com/sage-network/sage-node/coordinator/metrics"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
)

// Config of the connection.
type Config struct {
	Profile *profile.Profile
	Client  *chain.Client
	// Sender of the payer's account.
	Sender *chain.Sender
	// Secret is the payer's ElGamal key.
	Secret elgamal.SecretKey
	// Deposit is the number of private units that deposits into the private account are multiples of.
	Deposit uint64
	// Low and High are marks of the private balance, in units: below Low it is filled up to High. With both zero a
	// deposit is made when a payment calls for it.
	Low, High uint64
	// PenaltyCap is the most that a timeout may cost a worker, in wei.
	PenaltyCap *big.Int
	// FaucetFee is the amount of fee tokens (FRI) that the faucet sends with its SAGE.
	FaucetFee *big.Int
	// Metrics of payments; nil: none.
	Metrics *metrics.Payments
	// Upgrades says which payments may be begun; any if nil.
	Upgrades *upgrades.Watch
	Log      *slog.Logger
}

// Chain is the coordinator's Starknet. It is safe for concurrent use.
type Chain struct {
	config   Config
	client   *chain.Client
	sender   *chain.Sender
	jobs     bindings.JobManager
	staking  bindings.StakingManager
	payments bindings.PaymentRouter
	privacy  bindings.PrivacyRouter
	token    bindings.SageToken
	faucet   bindings.Faucet
	account  *privacy.Account

	// line joins what is sent; drafts are built one at a time, each for the private balance that the one before it leaves.
	line   *bundle.Line[*draft]
	warned int32 // of what about public SAGE; of who builds
	// manyCredits is the constant; tests make it smaller.
	manyCredits uint64
}

var _ settle.Chain = (*Chain)(nil)

// solverBits is the logarithm of the table for balances without a usable hint.
const solverBits = 16

// New connects. Nothing is asked of the chain yet.
func New(c Config) (*Chain, error) {
	at := c.Profile.Contracts
	ch := &Chain{
		config: c, client: c.Client, sender: c.Sender, manyCredits: manyCredits,
		jobs:     bindings.NewJobManager(felt.Felt(at.Jobs), c.Client),
		staking:  bindings.NewStakingManager(felt.Felt(at.Staking), c.Client),
		payments: bindings.NewPaymentRouter(felt.Felt(at.Payments), c.Client),
		privacy:  bindings.NewPrivacyRouter(felt.Felt(at.Privacy), c.Client),
		token:    bindings.NewSageToken(felt.Felt(at.Token), c.Client),
		faucet:   bindings.NewFaucet(felt.Felt(at.Faucet), c.Client),
	}
	solver, err := elgamal.NewSolver(solverBits)
	if err != nil {
		return nil, err
	}
	ch.account, err = privacy.NewAccount(privacy.Contracts{
		ChainID: c.Profile.ChainIDFelt(), Privacy: ch.privacy, Payments: ch.payments, Token: ch.token,
	}, c.Sender.Address(), c.Secret, solver)
	ch.line = ch.newLine()
	return ch, err
}

// Payer is the account's address.
func (c *Chain) Payer() felt.Felt { return c.sender.Address() }

// Head implements settle.Chain.
func (c *Chain) Head(ctx context.Context) (settle.Head, error) {
	b, err := c.client.Latest(ctx)
	return settle.Head{Number: b.Number, Time: uint64(b.Timestamp.Unix())}, err
}

// BlockHash implements commit.Blocks.
func (c *Chain) BlockHash(ctx context.Context, number uint64) (felt.Felt, error) {
	b, err := c.client.Block(ctx, number)
	return b.Hash, err
}

// Worker reads a worker's record.
func (c *Chain) Worker(ctx context.Context, address felt.Felt) (bindings.WorkerInfo, error) {
	return c.staking.Worker(ctx, address)
}

// Job implements settle.Chain.
func (c *Chain) Job(ctx context.Context, id job.ID) (bindings.Job, error) {
	j, err := c.jobs.Job(ctx, abi.U128(id))
	if payer := c.Payer(); err == nil && j.State != bindings.JobStateNone && !j.Owner.Equal(&payer) {
		return j, fmt.Errorf("%w: job %s belongs to %s", settle.ErrConflict, id, j.Owner.String())
	}
	return j, err
}

// Attempt implements settle.Chain.
func (c *Chain) Attempt(ctx context.Context, id job.ID, number uint32) (bindings.Attempt, error) {
	return c.jobs.Attempt(ctx, abi.U128(id), number)
}

// Escrow implements settle.Chain.
func (c *Chain) Escrow(ctx context.Context, id job.ID, number uint32) (bindings.EscrowStatus, error) {
	status, _, err := c.privacy.Escrow(ctx, abi.U128(id), number)
	return status, err
}

// Tuple implements settle.Chain.
func (c *Chain) Tuple(ctx context.Context, id job.ID, number uint32) ([]felt.Felt, error) {
	var locked bindings.PrivacyRouterPaymentLocked
	filter := chain.Filter{
		Contract: c.privacy.Address(), From: c.config.Profile.FromBlock, To: math.MaxInt64,
		Keys: [][]felt.Felt{locked.EventKeys()[:1], {id.Felt()}, {starkhash.Uint64(uint64(number))}},
	}
	for event, err := range c.client.Events(ctx, filter) {
		if err != nil {
			return nil, err
		}
		typed, err := abi.DecodeEvent(event, &locked)
		if err != nil {
			return nil, err
		}
		tuple := typed.(*bindings.PrivacyRouterPaymentLocked).Escrow
		return abi.Encode(tuple.Encode), nil
	}
	return nil, fmt.Errorf("onchain: no payment was locked for job %s attempt %d", id, number)
}

// Eligible implements settle.Chain.
func (c *Chain) Eligible(ctx context.Context, worker felt.Felt, minTier job.Tier) (bool, error) {
	return c.staking.IsEligible(ctx, worker, uint8(minTier), false)
}

// terms are what the job asks for, as the contract takes it.
func (c *Chain) terms(j store.Job) (bindings.JobTerms, error) {
	s, w := j.Spec, c.config.Profile.Windows
	limit, err := abi.U256FromBig(c.config.PenaltyCap)
	if err != nil {
		return bindings.JobTerms{}, fmt.Errorf("penalty cap: %w", err)
	}
	t := bindings.JobTerms{
		Salt: j.Salt, SpecHash: s.Hash(), InputCommitment: abi.U256(j.InputCommitment),
		AIRID: job.AIRMatmul, AIRVersion: job.AIRMatmulVersion, VerifierVersion: job.VerifierVersion,
		K: s.K(), Rows: s.Rows, Inner: s.Inner, Columns: s.Columns, MinTier: uint8(s.MinTier), MaxHedges: j.MaxHedges,
		PenaltyCap: limit, Windows: bindings.Windows(w), Deadline: j.Deadline,
	}
	if s.Input.Kind == job.InputSynthetic {
		t.Synthetic, t.SeedBlock = true, s.Input.SeedBlock
	}
	if s.Delivery == job.DeliverProof {
		t.Delivery = bindings.DeliveryProof
	}
	return t, nil
}

// Create implements settle.Chain. The job's fee is burnt.
func (c *Chain) Create(ctx context.Context, j store.Job) (felt.Felt, error) {
	terms, err := c.terms(j)
	if err != nil {
		return felt.Felt{}, err
	}
	fee, err := c.jobs.JobFee(ctx)
	if err != nil {
		return felt.Felt{}, err
	}
	calls := []abi.Call{c.jobs.Create(terms)}
	if !fee.IsZero() {
		calls = append([]abi.Call{c.token.Approve(c.jobs.Address(), fee)}, calls...)
	}
	return c.send(ctx, calls...)
}

// Fund implements settle.Chain: assign and pay, all or nothing, in one transaction with what else waits to be sent.
func (c *Chain) Fund(ctx context.Context, f settle.Funding) (felt.Felt, error) {
	if err := c.Hold(ctx); err != nil {
		return felt.Felt{}, err
	}
	ended := c.config.Metrics.Pay()
	hash, err := c.line.Do(ctx, order{Units: uint64(f.Price), Build: func(ctx context.Context, d *draft) ([]abi.Call, error) {
		private, err := d.private(ctx)
		if err != nil {
			return nil, err
		}
		pay, err := private.Pay(ctx, f.Job, f.Attempt, f.Worker, uint64(f.Price))
		switch {
		case errors.Is(err, elgamal.ErrInsufficient):
			return nil, settle.ErrFunds // the cause names amounts
		case errors.Is(err, privacy.ErrNotRegistered):
			return nil, fmt.Errorf("%w: %s", settle.ErrPayee, f.Worker.String()) // the payer's own account is registered since Prepare
		case err != nil:
			return nil, err
		case f.Assigned:
			return []abi.Call{pay}, nil
		}
		return []abi.Call{c.jobs.Assign(abi.U128(f.Job), f.Worker, abi.U256(f.Input)), pay}, nil
	}})
	ended(err)
	return hash, err
}

// Hold returns an error that wraps settle.ErrUpgrade while an attempt that is begun now could be open under a contract's class
// that this program does not know.
func (c *Chain) Hold(ctx context.Context) error {
	if c.config.Upgrades == nil {
		return nil
	}
	head, err := c.client.Latest(ctx)
	if err != nil {
		return err
	}
	w := c.config.Profile.Windows
	end := head.Timestamp.Add(time.Duration(w.Accept+w.Submit+w.Verdict()) * time.Second)
	err = c.config.Upgrades.Allows(ctx, end)
	if errors.Is(err, upgrades.ErrUnknownClass) {
		return fmt.Errorf("%w: %w", settle.ErrUpgrade, err)
	}
	return err
}

// Act implements settle.Chain.
func (c *Chain) Act(ctx context.Context, a settle.Action, id job.ID, number uint32) (felt.Felt, error) {
	u := abi.U128(id)
	switch a {
	case settle.CancelAttempt:
		return c.send(ctx, c.jobs.Cancel(u, number))
	case settle.CancelJob:
		return c.send(ctx, c.jobs.CancelJob(u))
	case settle.Expire:
		return c.send(ctx, c.jobs.Expire(u, number))
	case settle.Timeout:
		return c.send(ctx, c.jobs.Timeout(u, number))
	case settle.Finalize:
		return c.send(ctx, c.jobs.Finalize(u, number))
	case settle.ExpireJob:
		return c.send(ctx, c.jobs.ExpireJob(u))
	}
	return felt.Felt{}, fmt.Errorf("onchain: unknown action %q", a)
}

func escrow(tuple []felt.Felt) (bindings.Escrow, error) {
	d := abi.NewDecoder(tuple)
	e := bindings.DecodeEscrow(d)
	return e, d.Finish()
}

// Release implements settle.Chain.
func (c *Chain) Release(ctx context.Context, tuple []felt.Felt) (felt.Felt, error) {
	e, err := escrow(tuple)
	if err != nil {
		return felt.Felt{}, fmt.Errorf("onchain: escrow tuple: %w", err)
	}
	return c.send(ctx, c.payments.Release(e))
}

// Refund implements settle.Chain.
func (c *Chain) Refund(ctx context.Context, tuple []felt.Felt) (felt.Felt, error) {
	e, err := escrow(tuple)
	if err != nil {
		return felt.Felt{}, fmt.Errorf("onchain: escrow tuple: %w", err)
	}
	return c.send(ctx, c.payments.Refund(e))
}

// Flush implements settle.Chain.
func (c *Chain) Flush(ctx context.Context) error {
	_, err := c.sender.Recover(ctx)
	return err
}
