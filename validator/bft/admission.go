package bft

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/sage-network/sage-node/wire"
)

var (
	// ErrForeign: the vote is for another chain, ProofVerifier or epoch.
	ErrForeign = errors.New("bft: vote belongs to another chain, contract or epoch")
	// ErrStranger: the vote is by nobody in the epoch's table.
	ErrStranger = errors.New("bft: voter is not in the epoch's table")
	// ErrSignature: the signature is not by the key in the epoch's table over this vote.
	ErrSignature = errors.New("bft: vote signature does not verify")
	// ErrMalformed: a round or verdict that no vote has.
	ErrMalformed = errors.New("bft: malformed vote")
	// ErrCertificate: a certificate that shows no quorum.
	ErrCertificate = errors.New("bft: certificate shows no quorum")
)

// ValidatedMessage is a vote of a member of the epoch's table with a good signature. Only
// Admission makes one; only it reaches an Instance.
type ValidatedMessage struct {
	vote  wire.Vote
	table *Table
	index int
}

// Vote returns the vote.
func (m ValidatedMessage) Vote() wire.Vote { return m.vote }

// Admission decides which votes are heard in one epoch of one deployment. It is immutable and safe
// for concurrent use.
type Admission struct {
	chainID       felt.Felt
	proofVerifier felt.Felt
	table         *Table
	verifier      Verifier
}

// NewAdmission binds an epoch's table to a chain and its ProofVerifier contract.
func NewAdmission(chainID, proofVerifier felt.Felt, table *Table, verifier Verifier) *Admission {
	return &Admission{chainID: chainID, proofVerifier: proofVerifier, table: table, verifier: verifier}
}

// Table returns the epoch's table.
func (a *Admission) Table() *Table { return a.table }

// Validate checks origin, membership and signature, cheapest first. It says nothing about whether
// the chain knows the slot: an Instance exists only for slots that it does.
func (a *Admission) Validate(vote wire.Vote) (ValidatedMessage, error) {
	if !vote.Verdict.Known() || vote.Round > wire.MaxRound {
		return ValidatedMessage{}, fmt.Errorf("%w: round %d, verdict %s", ErrMalformed, vote.Round, vote.Verdict)
	}
	if err := a.origin(vote.Slot); err != nil {
		return ValidatedMessage{}, err
	}
	index, ok := a.table.Index(vote.Validator)
	if !ok {
		return ValidatedMessage{}, fmt.Errorf("%w: %s, epoch %d", ErrStranger, vote.Validator.String(), a.table.epoch)
	}
	if err := a.verifier.Verify(a.table.members[index].VoteKey, vote); err != nil {
		return ValidatedMessage{}, fmt.Errorf("%w: validator %s: %w", ErrSignature, vote.Validator.String(), err)
	}
	return ValidatedMessage{vote: vote, table: a.table, index: index}, nil
}

func (a *Admission) origin(slot wire.Slot) error {
	switch {
	case slot.ChainID != a.chainID:
		return fmt.Errorf("%w: chain %s, want %s", ErrForeign, slot.ChainID.String(), a.chainID.String())
	case slot.ProofVerifier != a.proofVerifier:
		return fmt.Errorf("%w: contract %s, want %s", ErrForeign, slot.ProofVerifier.String(), a.proofVerifier.String())
	case slot.VoteEpoch != a.table.epoch:
		return fmt.Errorf("%w: epoch %d, want %d", ErrForeign, slot.VoteEpoch, a.table.epoch)
	}
	return nil
}

// VerifyCertificate checks what ProofVerifier checks: signers within the table, one good signature
// for each, more than two thirds of the epoch's total stake. It does not know who is jailed now.
func (a *Admission) VerifyCertificate(c wire.Certificate) error {
	if err := a.origin(c.Slot); err != nil {
		return err
	}
	stake, next := new(big.Int), 0
	for i := range wire.MaxSigners {
		if !c.Signers.Has(i) {
			continue
		}
		if i >= a.table.Len() || next >= len(c.Signatures) {
			return fmt.Errorf("%w: bit %d has no member or no signature", ErrCertificate, i)
		}
		member := a.table.members[i]
		if _, err := a.Validate(wire.Vote{
			Slot: c.Slot, Round: c.Round, Verdict: c.Verdict,
			Validator: member.Address, Signature: c.Signatures[next],
		}); err != nil {
			return fmt.Errorf("%w: %w", ErrCertificate, err)
		}
		stake.Add(stake, member.Stake)
		next++
	}
	if next != len(c.Signatures) {
		return fmt.Errorf("%w: %d signatures for %d signers", ErrCertificate, len(c.Signatures), next)
	}
	if !a.table.quorum(stake) {
		return fmt.Errorf("%w: signed stake %s of %s", ErrCertificate, stake, a.table.total)
	}
	return nil
}
