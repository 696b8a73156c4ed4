package onchain

import (
	"context"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/chain/terms"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/executor"
	"github.com/sage-network/sage-node/worker/policy"
)

// Attempts reads attempts and sends the worker's transactions about them. The sender's journal makes
// one intent one signed transaction: after an unknown outcome the next send first brings the old
// transaction to its end and then asks to look again.
type Attempts struct {
	sender    *chain.Sender
	contracts profile.Contracts
	fromBlock uint64 // of the contracts' deployment
}

var _ executor.Chain = (*Attempts)(nil)

// NewAttempts reads through the sender's client and sends from its account.
func NewAttempts(sender *chain.Sender, network *profile.Profile) *Attempts {
	return &Attempts{sender: sender, contracts: network.Contracts, fromBlock: network.FromBlock}
}

func (a *Attempts) jobs(r abi.Reader) bindings.JobManager {
	return bindings.NewJobManager(felt.Felt(a.contracts.Jobs), r)
}

func (a *Attempts) staking(r abi.Reader) bindings.StakingManager {
	return bindings.NewStakingManager(felt.Felt(a.contracts.Staking), r)
}

// View reads an attempt with its job and its escrow at the latest block.
func (a *Attempts) View(ctx context.Context, key executor.Key) (executor.View, error) {
	client := a.sender.Client()
	block, err := client.Latest(ctx)
	if err != nil {
		return executor.View{}, err
	}
	at := client.At(block.Number)
	id := abi.U128(key.Job)
	attempt, err := a.jobs(at).Attempt(ctx, id, key.Attempt)
	if err != nil {
		return executor.View{}, err
	}
	of, err := a.jobs(at).Job(ctx, id)
	if err != nil {
		return executor.View{}, err
	}
	escrow, _, err := bindings.NewPrivacyRouter(felt.Felt(a.contracts.Privacy), at).Escrow(ctx, id, key.Attempt)
	if err != nil {
		return executor.View{}, err
	}
	return view(uint64(block.Timestamp.Unix()), key, of.Terms, attempt, escrow)
}

// Mine returns the attempts of a job that were assigned to this worker.
func (a *Attempts) Mine(ctx context.Context, id job.ID) ([]executor.Key, error) {
	client := a.sender.Client()
	block, err := client.Latest(ctx)
	if err != nil {
		return nil, err
	}
	jobs := a.jobs(client.At(block.Number))
	of, err := jobs.Job(ctx, abi.U128(id))
	if err != nil {
		return nil, err
	}
	var keys []executor.Key
	for number := uint32(1); number <= of.Attempts; number++ {
		attempt, err := jobs.Attempt(ctx, abi.U128(id), number)
		if err != nil {
			return nil, err
		}
		if attempt.Worker == a.sender.Address() {
			keys = append(keys, executor.Key{Job: id, Attempt: number})
		}
	}
	return keys, nil
}

// view translates what the contracts say.
func view(now uint64, key executor.Key, t bindings.JobTerms, a bindings.Attempt, escrow bindings.EscrowStatus) (executor.View, error) {
	state, err := stateOf(a.State)
	if err != nil {
		return executor.View{}, err
	}
	agreed, err := terms.Of(key.Job, key.Attempt, t, a)
	if err != nil {
		return executor.View{}, err
	}
	return executor.View{
		Now: now, State: state, Deadline: a.Deadline,
		Terms: agreed, TermsHash: a.TermsHash, MinTier: job.Tier(t.MinTier), Attested: t.Attested, Synthetic: t.Synthetic, SeedBlock: t.SeedBlock,
		Submitted: executor.Submission{
			ResultCommitment: job.Hash(a.ResultCommitment), ProofCommitment: a.ProofCommitment,
			ProofHash: job.Hash(a.ProofHash), ResultHash: job.Hash(a.ResultHash),
		},
		Slashed: a.Slashed.Big(), Released: escrow == bindings.EscrowStatusReleased,
	}, nil
}

// states is the executor's number for each of the contract's states.
var states = map[bindings.AttemptState]executor.AttemptState{
	bindings.AttemptStateNone: executor.StateNone, bindings.AttemptStateAssigned: executor.StateAssigned,
	bindings.AttemptStateFunded: executor.StateFunded, bindings.AttemptStateAccepted: executor.StateAccepted,
	bindings.AttemptStateSubmitted: executor.StateSubmitted, bindings.AttemptStateChallenge: executor.StateChallenge,
	bindings.AttemptStateAppeal: executor.StateAppeal, bindings.AttemptStateDisputed: executor.StateDisputed,
	bindings.AttemptStateApproved: executor.StateApproved, bindings.AttemptStateRejected: executor.StateRejected,
	bindings.AttemptStateVoid: executor.StateVoid,
}

func stateOf(s bindings.AttemptState) (executor.AttemptState, error) {
	state, known := states[s]
	if !known {
		return 0, fmt.Errorf("onchain: attempt state %s is unknown to this program; update it", s)
	}
	return state, nil
}

// Standing reads the worker's own record.
func (a *Attempts) Standing(ctx context.Context, minTier job.Tier, attested bool) (policy.Standing, error) {
	client := a.sender.Client()
	block, err := client.Latest(ctx)
	if err != nil {
		return policy.Standing{}, err
	}
	staking := a.staking(client.At(block.Number))
	me := a.sender.Address()
	info, err := staking.Worker(ctx, me)
	if err != nil {
		return policy.Standing{}, err
	}
	eligible, err := staking.IsEligible(ctx, me, uint8(minTier), attested)
	if err != nil {
		return policy.Standing{}, err
	}
	minimum, err := staking.TierMinimum(ctx, uint8(max(minTier, job.Tier(info.Tier))))
	if err != nil {
		return policy.Standing{}, err
	}
	fees, err := client.FeeBalance(ctx, me)
	if err != nil {
		return policy.Standing{}, err
	}
	return policy.Standing{
		Eligible: eligible, Status: info.Status.String(), Active: info.Active.Big(), Bonded: info.Bonded.Big(), MinStake: minimum.Big(), Fees: fees,
	}, nil
}

// BlockHash returns the hash of a block.
func (a *Attempts) BlockHash(ctx context.Context, number uint64) (felt.Felt, error) {
	b, err := a.sender.Client().Block(ctx, number)
	return b.Hash, err
}

// Accept sends accept.
func (a *Attempts) Accept(ctx context.Context, key executor.Key, termsHash felt.Felt) (felt.Felt, error) {
	return a.send(ctx, a.jobs(nil).Accept(abi.U128(key.Job), key.Attempt, termsHash))
}

// Submit sends submit_result.
func (a *Attempts) Submit(ctx context.Context, key executor.Key, s executor.Submission) (felt.Felt, error) {
	return a.send(ctx, a.jobs(nil).SubmitResult(abi.U128(key.Job), key.Attempt,
		abi.U256(s.ResultCommitment), s.ProofCommitment, abi.U256(s.ProofHash), abi.U256(s.ResultHash)))
}

// HandBack sends hand_back.
func (a *Attempts) HandBack(ctx context.Context, key executor.Key) (felt.Felt, error) {
	return a.send(ctx, a.jobs(nil).HandBack(abi.U128(key.Job), key.Attempt))
}

// Approve sends approve. A certificate that does not verify for exactly this submission is refused by
// fee estimation: nothing is sent, and nothing paid.
func (a *Attempts) Approve(ctx context.Context, key executor.Key, c wire.Certificate) (felt.Felt, error) {
	signatures := make([]bindings.Signature, len(c.Signatures))
	for i, s := range c.Signatures {
		signatures[i] = bindings.Signature{R: s.R, S: s.S}
	}
	proofs := bindings.NewProofVerifier(felt.Felt(a.contracts.Proofs), nil)
	return a.send(ctx, proofs.Approve(abi.U128(key.Job), key.Attempt, c.Round, bindings.Verdict(c.Verdict), abi.U256(c.Signers), signatures))
}

// Finalize sends finalize.
func (a *Attempts) Finalize(ctx context.Context, key executor.Key) (felt.Felt, error) {
	return a.send(ctx, a.jobs(nil).Finalize(abi.U128(key.Job), key.Attempt))
}

// Release sends release, for the escrow whose event the payment left.
func (a *Attempts) Release(ctx context.Context, key executor.Key) (felt.Felt, error) {
	event, err := locked(ctx, a.sender.Client(), felt.Felt(a.contracts.Privacy), a.fromBlock, key)
	if err != nil {
		return felt.Felt{}, err
	}
	return a.send(ctx, bindings.NewPaymentRouter(felt.Felt(a.contracts.Payments), nil).Release(event.Escrow))
}

func (a *Attempts) send(ctx context.Context, call abi.Call) (felt.Felt, error) {
	receipt, err := a.sender.Send(ctx, call)
	if errors.Is(err, chain.ErrReverted) {
		return felt.Felt{}, fmt.Errorf("%w: %w", executor.ErrReverted, err)
	}
	if err != nil {
		return felt.Felt{}, err
	}
	return receipt.Hash, nil
}
