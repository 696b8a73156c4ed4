package contracts_test

import (
	"encoding/json"
	"math/big"
	"os"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// TestVoteHashes holds package wire to the hashes that the contracts' own tests hold ProofVerifier and
// ValidatorRegistry to.
func TestVoteHashes(t *testing.T) {
	raw, err := os.ReadFile("testdata/vote_hash.json")
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Votes []struct {
			Name             string `json:"name"`
			ChainID          hexInt `json:"chain_id"`
			ProofVerifier    hexInt `json:"proof_verifier"`
			VerifierVersion  uint32 `json:"verifier_version"`
			VoteEpoch        uint64 `json:"vote_epoch"`
			JobID            hexInt `json:"job_id"`
			Attempt          uint32 `json:"attempt"`
			Worker           hexInt `json:"worker"`
			TermsHash        hexInt `json:"terms_hash"`
			InputCommitment  hexInt `json:"input_commitment"`
			ResultCommitment hexInt `json:"result_commitment"`
			ProofCommitment  hexInt `json:"proof_commitment"`
			ProofHash        hexInt `json:"proof_hash"`
			ResultHash       hexInt `json:"result_hash"`
			Round            uint32 `json:"round"`
			Verdict          uint8  `json:"verdict"`
			Validator        hexInt `json:"validator"`
			Hash             hexInt `json:"hash"`
		} `json:"votes"`
		VoteKeys []struct {
			ChainID   hexInt `json:"chain_id"`
			Registry  hexInt `json:"validator_registry"`
			VoteKey   hexInt `json:"vote_key"`
			Validator hexInt `json:"validator"`
			Hash      hexInt `json:"hash"`
		} `json:"vote_keys"`
	}
	if err := json.Unmarshal(raw, &data); err != nil {
		t.Fatal(err)
	}
	if len(data.Votes) == 0 || len(data.VoteKeys) == 0 {
		t.Fatal("no vectors")
	}
	for _, c := range data.Votes {
		vote := wire.Vote{
			Slot: wire.Slot{
				ChainID: c.ChainID.felt(), ProofVerifier: c.ProofVerifier.felt(),
				VerifierVersion: c.VerifierVersion, VoteEpoch: c.VoteEpoch, Attempt: c.Attempt,
				Worker: c.Worker.felt(), TermsHash: c.TermsHash.felt(),
				InputCommitment: job.Hash(c.InputCommitment.bytes()), ResultCommitment: job.Hash(c.ResultCommitment.bytes()),
				ProofCommitment: c.ProofCommitment.felt(),
				ProofHash:       job.Hash(c.ProofHash.bytes()), ResultHash: job.Hash(c.ResultHash.bytes()),
			},
			Round: c.Round, Verdict: wire.Verdict(c.Verdict), Validator: c.Validator.felt(),
		}
		(*big.Int)(&c.JobID).FillBytes(vote.Slot.Job[:])
		if got, want := vote.Hash(), c.Hash.felt(); got != want {
			t.Errorf("%s: %s, want %s", c.Name, got.String(), want.String())
		}
	}
	for _, c := range data.VoteKeys {
		got := wire.VoteKeyHash(c.ChainID.felt(), c.Registry.felt(), c.Validator.felt(), c.VoteKey.felt())
		if want := c.Hash.felt(); got != want {
			t.Errorf("vote key: %s, want %s", got.String(), want.String())
		}
	}
}

// hexInt is a number written 0x….
type hexInt big.Int

func (h *hexInt) UnmarshalText(text []byte) error { return (*big.Int)(h).UnmarshalText(text) }

func (h *hexInt) felt() felt.Felt { return *new(felt.Felt).SetBigInt((*big.Int)(h)) }

func (h *hexInt) bytes() (b [32]byte) {
	(*big.Int)(h).FillBytes(b[:])
	return b
}
