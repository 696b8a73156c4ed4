package wire

import (
	"encoding/binary"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
)

// SlotSize is the length in bytes of an encoded Slot.
const SlotSize = 9*32 + 16 + 8 + 2*4

// Slot is what a vote is about: one submission of one attempt, as the chain recorded it, under one
// deployment. Two votes concern the same question exactly when their slots are equal; the struct
// is comparable and serves as a map key.
//
// The terms hash is in it because a job's id follows from its owner and salt alone: where the chain
// forgets blocks and the owner creates the job again with other terms, the votes on the forgotten
// attempt say nothing about the new one, and contradict nothing said about it.
//
// Every field comes from the chain (JobManager.slot and the network profile), never from a peer or
// a proof file.
type Slot struct {
	ChainID          felt.Felt // the network's chain id, a short string
	ProofVerifier    felt.Felt // the ProofVerifier contract that counts the votes
	VerifierVersion  uint32    // rules the proof is checked by
	VoteEpoch        uint64    // epoch whose validator table votes
	Job              job.ID
	Attempt          uint32    // numbered from 1
	Worker           felt.Felt // the account that submitted
	TermsHash        felt.Felt // job.Terms.Hash of what the worker accepted
	InputCommitment  job.Hash  // Blake2s root of the input columns
	ResultCommitment job.Hash  // Blake2s root of the result column
	ProofCommitment  felt.Felt // Poseidon of the proof's packed felts
	ProofHash        job.Hash  // BLAKE3 of the compressed proof
	ResultHash       job.Hash  // BLAKE3 of the result
}

// appendTo appends the canonical encoding: the fields in order, integers and field elements
// big-endian, nothing between them.
func (s *Slot) appendTo(b []byte) []byte {
	b = appendFelt(b, &s.ChainID)
	b = appendFelt(b, &s.ProofVerifier)
	b = binary.BigEndian.AppendUint32(b, s.VerifierVersion)
	b = binary.BigEndian.AppendUint64(b, s.VoteEpoch)
	b = append(b, s.Job[:]...)
	b = binary.BigEndian.AppendUint32(b, s.Attempt)
	b = appendFelt(b, &s.Worker)
	b = appendFelt(b, &s.TermsHash)
	b = append(b, s.InputCommitment[:]...)
	b = append(b, s.ResultCommitment[:]...)
	b = appendFelt(b, &s.ProofCommitment)
	b = append(b, s.ProofHash[:]...)
	return append(b, s.ResultHash[:]...)
}

func (s *Slot) read(d *decoder) {
	d.felt(&s.ChainID, "chain id")
	d.felt(&s.ProofVerifier, "proof verifier")
	s.VerifierVersion = d.uint32("verifier version")
	s.VoteEpoch = d.uint64("vote epoch")
	d.bytes(s.Job[:], "job id")
	s.Attempt = d.uint32("attempt")
	d.felt(&s.Worker, "worker")
	d.felt(&s.TermsHash, "terms hash")
	d.bytes(s.InputCommitment[:], "input commitment")
	d.bytes(s.ResultCommitment[:], "result commitment")
	d.felt(&s.ProofCommitment, "proof commitment")
	d.bytes(s.ProofHash[:], "proof hash")
	d.bytes(s.ResultHash[:], "result hash")
}

// MarshalBinary returns the SlotSize bytes of the canonical encoding.
func (s Slot) MarshalBinary() ([]byte, error) {
	return s.appendTo(make([]byte, 0, SlotSize)), nil
}

// UnmarshalBinary accepts exactly what MarshalBinary writes.
func (s *Slot) UnmarshalBinary(b []byte) error {
	d := decoder{rest: b}
	var slot Slot
	slot.read(&d)
	if err := d.finish(); err != nil {
		return fmt.Errorf("slot: %w", err)
	}
	*s = slot
	return nil
}

// String names the attempt for people: job, attempt and epoch.
func (s Slot) String() string {
	return fmt.Sprintf("job %s attempt %d (epoch %d)", s.Job, s.Attempt, s.VoteEpoch)
}
