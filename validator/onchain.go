package validator

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/terms"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

// OnChain is Chain over the contracts. All transactions are this validator's account's.
type OnChain struct {
	client    *chain.Client
	sender    *chain.Sender
	contracts Contracts
}

// Contracts are the addresses that a validator deals with.
type Contracts struct {
	JobManager, ProofVerifier, ValidatorRegistry, StakingManager felt.Felt
	// FromBlock is the block at which they were deployed.
	FromBlock uint64
}

var _ Chain = (*OnChain)(nil)

// NewOnChain reads through client and sends through sender.
func NewOnChain(client *chain.Client, sender *chain.Sender, contracts Contracts) *OnChain {
	return &OnChain{client: client, sender: sender, contracts: contracts}
}

// Submissions implements Chain.
func (o *OnChain) Submissions(ctx context.Context, from uint64) ([]Submission, uint64, error) {
	from = max(from, o.contracts.FromBlock)
	latest, err := o.client.Latest(ctx)
	if err != nil {
		return nil, from, err
	}
	if latest.Number == math.MaxUint64 || from > latest.Number {
		return nil, from, nil
	}
	var submitted bindings.JobManagerResultSubmitted
	filter := chain.Filter{Contract: o.contracts.JobManager, Keys: [][]felt.Felt{submitted.EventKeys()}, From: from, To: latest.Number}
	var found []Submission
	for event, err := range o.client.Events(ctx, filter) {
		if err != nil {
			return nil, from, err
		}
		if _, err := abi.DecodeEvent(event, &submitted); err != nil {
			return nil, from, fmt.Errorf("validator: event in block %d: %w", event.BlockNumber, err)
		}
		found = append(found, Submission{Job: job.ID(submitted.JobID), Attempt: submitted.Attempt, Block: event.BlockNumber})
	}
	return found, latest.Number + 1, nil
}

// Attempt implements Chain. All of it is read at one block, in several answers; the terms hash, computed from the parts,
// must be the slot's. Where it is not, the block was replaced in between: it is read once more. If it is not even then, the
// contract has terms that this program does not know.
func (o *OnChain) Attempt(ctx context.Context, id job.ID, number uint32) (Attempt, error) {
	attempt, err := o.read(ctx, id, number)
	if errors.Is(err, ErrAbstain) {
		attempt, err = o.read(ctx, id, number)
	}
	return attempt, err
}

func (o *OnChain) read(ctx context.Context, id job.ID, number uint32) (Attempt, error) {
	latest, err := o.client.Latest(ctx)
	if err != nil {
		return Attempt{}, err
	}
	jobs := bindings.NewJobManager(o.contracts.JobManager, o.client.At(latest.Number))
	whole, err := jobs.Job(ctx, abi.U128(id))
	if err != nil {
		return Attempt{}, err
	}
	last := number
	if number == 0 {
		number, last = 1, whole.Attempts
	}
	for ; last >= number && last > 0 && last <= whole.Attempts; last-- {
		attempt, err := jobs.Attempt(ctx, abi.U128(id), last)
		if err != nil {
			return Attempt{}, err
		}
		if attempt.ProofHash.IsZero() {
			continue // never submitted
		}
		slot, err := jobs.Slot(ctx, abi.U128(id), last)
		if err != nil {
			return Attempt{}, err
		}
		now := uint64(latest.Timestamp.Unix())
		agreed, err := terms.Of(id, last, whole.Terms, attempt)
		if err != nil {
			return Attempt{}, fmt.Errorf("%w: %w", ErrAbstain, err)
		}
		if computed := agreed.Hash(); computed != slot.TermsHash || slot.TermsHash != attempt.TermsHash {
			return Attempt{}, fmt.Errorf("%w: job %s attempt %d has terms hash %s, its terms as read have %s",
				ErrAbstain, id, last, slot.TermsHash.String(), computed.String())
		}
		return o.attempt(agreed, attempt, slot, now), nil
	}
	return Attempt{}, fmt.Errorf("%w: job %s, which has %d attempts", ErrNoSubmission, id, whole.Attempts)
}

func (o *OnChain) attempt(agreed job.Terms, a bindings.Attempt, s bindings.VoteSlot, now uint64) Attempt {
	chainID := o.client.ChainIDFelt()
	out := Attempt{
		Slot: wire.Slot{
			ChainID: chainID, ProofVerifier: o.contracts.ProofVerifier, VerifierVersion: s.VerifierVersion,
			VoteEpoch: s.VoteEpoch, Job: job.ID(s.JobID), Attempt: s.Attempt, Worker: s.Worker, TermsHash: s.TermsHash,
			InputCommitment: job.Hash(s.InputCommitment), ResultCommitment: job.Hash(s.ResultCommitment),
			ProofCommitment: s.ProofCommitment, ProofHash: job.Hash(s.ProofHash), ResultHash: job.Hash(s.ResultHash),
		},
		Statement: prover.Statement{
			AIR: agreed.AIR, Version: agreed.AIRVersion, K: agreed.K,
			Rows: agreed.Rows, Inner: agreed.Inner, Columns: agreed.Columns,
			ChainID: chainID, JobManager: o.contracts.JobManager,
			JobID: s.JobID, Attempt: s.Attempt, Worker: s.Worker,
			InputCommitment: s.InputCommitment, ResultCommitment: s.ResultCommitment,
		},
		Stage:    Ended,
		Recorded: wire.Verdict(a.Verdict), // the enums agree
		Overdue:  now > a.Deadline,
		Delivery: agreed.Delivery,
	}
	switch a.State {
	case bindings.AttemptStateSubmitted:
		out.Stage = Submitted
	case bindings.AttemptStateChallenge:
		out.Stage = Challenge
	case bindings.AttemptStateAppeal:
		out.Stage = Appeal
	}
	return out
}

// EvidenceEpochs implements Chain.
func (o *OnChain) EvidenceEpochs(ctx context.Context) (uint64, error) {
	unbonding, err := o.registry().Unbonding(ctx)
	if err != nil {
		return 0, err
	}
	length, err := o.registry().EpochLength(ctx)
	if err != nil {
		return 0, err
	}
	if length == 0 {
		return 0, errors.New("validator: the registry has epochs of no length")
	}
	epochs := unbonding / length
	if unbonding%length != 0 {
		epochs++
	}
	return epochs + 1, nil
}

// NodeKey implements Chain.
func (o *OnChain) NodeKey(ctx context.Context, worker felt.Felt) (*secp256k1.PublicKey, error) {
	info, err := bindings.NewStakingManager(o.contracts.StakingManager, o.client).Worker(ctx, worker)
	if err != nil {
		return nil, err
	}
	key, err := wire.NodeKeyFromChain(info.NodeKeyX, info.NodeKeyOdd)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoNodeKey, worker.String(), err)
	}
	return key, nil
}

// voteSlot is a slot as the contracts take it.
func voteSlot(s wire.Slot) bindings.VoteSlot {
	return bindings.VoteSlot{
		VerifierVersion: s.VerifierVersion, VoteEpoch: s.VoteEpoch,
		JobID: abi.U128(s.Job), Attempt: s.Attempt, Worker: s.Worker, TermsHash: s.TermsHash,
		InputCommitment: abi.U256(s.InputCommitment), ResultCommitment: abi.U256(s.ResultCommitment),
		ProofCommitment: s.ProofCommitment, ProofHash: abi.U256(s.ProofHash), ResultHash: abi.U256(s.ResultHash),
	}
}

func (o *OnChain) registry() bindings.ValidatorRegistry {
	return bindings.NewValidatorRegistry(o.contracts.ValidatorRegistry, o.client)
}

// Epoch implements Chain.
func (o *OnChain) Epoch(ctx context.Context) (uint64, error) {
	sealed, err := o.registry().GenesisSealed(ctx)
	if err != nil {
		return 0, err
	}
	if !sealed {
		return 0, fmt.Errorf("%w: the first validators are still registering", ErrNoEpoch)
	}
	return o.registry().CurrentEpoch(ctx)
}

// Table implements Chain.
func (o *OnChain) Table(ctx context.Context, epoch uint64) ([]bft.Member, []felt.Felt, error) {
	current, err := o.Epoch(ctx)
	if err != nil {
		return nil, nil, err
	}
	if epoch > current {
		return nil, nil, fmt.Errorf("%w: epoch %d, current is %d", ErrNoEpoch, epoch, current)
	}
	entries, err := o.registry().Table(ctx, epoch)
	if err != nil {
		return nil, nil, err
	}
	var jailed []felt.Felt
	members := make([]bft.Member, len(entries))
	for i, e := range entries {
		members[i] = bft.Member{Address: e.Validator, VoteKey: e.VoteKey, Stake: e.Stake.Big()}
		if e.Jailed {
			jailed = append(jailed, e.Validator)
		}
	}
	return members, jailed, nil
}

// Approve implements Chain.
func (o *OnChain) Approve(ctx context.Context, c wire.Certificate) error {
	signatures := make([]bindings.Signature, len(c.Signatures))
	for i, s := range c.Signatures {
		signatures[i] = bindings.Signature{R: s.R, S: s.S}
	}
	proofs := bindings.NewProofVerifier(o.contracts.ProofVerifier, o.client)
	_, err := o.sender.Send(ctx, proofs.Approve(
		abi.U128(c.Slot.Job), c.Slot.Attempt, c.Round, bindings.Verdict(c.Verdict), abi.U256(c.Signers), signatures))
	return err
}

// ReportEquivocation implements Chain.
func (o *OnChain) ReportEquivocation(ctx context.Context, e bft.Evidence) error {
	// A jailed validator has more to lose: every offence is punished by itself.
	_, err := o.sender.Send(ctx, o.registry().ReportEquivocation(
		e.Validator(), voteSlot(e.Valid.Slot),
		e.Valid.Round, bindings.Signature{R: e.Valid.Signature.R, S: e.Valid.Signature.S},
		e.Invalid.Round, bindings.Signature{R: e.Invalid.Signature.R, S: e.Invalid.Signature.S},
	))
	// Another reporter may have been first.
	if revert := (*chain.RevertError)(nil); errors.As(err, &revert) && revert.Reason == offencePunished {
		return nil
	}
	return err
}

// offencePunished is what ValidatorRegistry says to a second report of one offence.
const offencePunished = "offence already punished"

// CheckIn implements Chain. Who cannot check in (not registered, jailed, leaving) need not.
func (o *OnChain) CheckIn(ctx context.Context) error {
	info, err := o.registry().Validator(ctx, o.sender.Address())
	if err != nil || !info.Registered || info.Jailed || info.UnlockAt != 0 {
		return err
	}
	epoch, err := o.Epoch(ctx)
	if err != nil || info.LastCheckIn >= epoch {
		return err
	}
	_, err = o.sender.Send(ctx, o.registry().CheckIn())
	return err
}

// ErrVoteKey: the chain knows this validator by another vote key, or not at all.
var ErrVoteKey = errors.New("validator: vote key is not the registered one")

// CheckRegistration compares the vote key with the registered one.
func (o *OnChain) CheckRegistration(ctx context.Context, key starkhash.PublicKey) error {
	self := o.sender.Address()
	info, err := o.registry().Validator(ctx, self)
	switch {
	case err != nil:
		return err
	case !info.Registered:
		return fmt.Errorf("%w: %s is not registered as a validator", ErrVoteKey, self.String())
	case info.VoteKey != key.X():
		return fmt.Errorf("%w: keystore has %s, registered is %s", ErrVoteKey, key, info.VoteKey.String())
	}
	return nil
}
