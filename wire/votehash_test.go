package wire

import (
	"encoding/json"
	"fmt"
	"math/big"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/NethermindEth/starknet.go/typeddata"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/internal/starkhash"
)

// TestVoteHashAgainstTypedData compares with another implementation of SNIP-12 that is given the
// vote as the JSON a wallet would show. The domain's version is the short string "1", 0x31: given as
// "1" that implementation takes it for the number one.
func TestVoteHashAgainstTypedData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVote(t)
		v.Slot.ChainID = starkhash.MustShortString("SN_SEPOLIA")
		hex := func(f felt.Felt) string { return f.String() }
		u256 := func(b [32]byte) map[string]string {
			return map[string]string{
				"low":  "0x" + new(big.Int).SetBytes(b[16:]).Text(16),
				"high": "0x" + new(big.Int).SetBytes(b[:16]).Text(16),
			}
		}
		decimal := func(n any) string { return fmt.Sprint(n) }
		member := func(name, kind string) map[string]string { return map[string]string{"name": name, "type": kind} }
		document, err := json.Marshal(map[string]any{
			"types": map[string]any{
				"StarknetDomain": []any{
					member("name", "shortstring"), member("version", "shortstring"),
					member("chainId", "shortstring"), member("revision", "shortstring"),
				},
				"Vote": []any{
					member("Proof Verifier", "ContractAddress"), member("Verifier Version", "u128"),
					member("Vote Epoch", "u128"), member("Job", "u128"), member("Attempt", "u128"),
					member("Worker", "ContractAddress"), member("Terms Hash", "felt"), member("Input Commitment", "u256"),
					member("Result Commitment", "u256"), member("Proof Commitment", "felt"),
					member("Proof Hash", "u256"), member("Result Hash", "u256"),
					member("Round", "u128"), member("Verdict", "u128"),
				},
			},
			"primaryType": "Vote",
			"domain":      map[string]any{"name": "SAGE", "version": "0x31", "chainId": "SN_SEPOLIA", "revision": "1"},
			"message": map[string]any{
				"Proof Verifier": hex(v.Slot.ProofVerifier), "Verifier Version": decimal(v.Slot.VerifierVersion),
				"Vote Epoch": decimal(v.Slot.VoteEpoch), "Job": v.Slot.Job.String(), "Attempt": decimal(v.Slot.Attempt),
				"Worker": hex(v.Slot.Worker), "Terms Hash": hex(v.Slot.TermsHash), "Input Commitment": u256(v.Slot.InputCommitment),
				"Result Commitment": u256(v.Slot.ResultCommitment), "Proof Commitment": hex(v.Slot.ProofCommitment),
				"Proof Hash": u256(v.Slot.ProofHash), "Result Hash": u256(v.Slot.ResultHash),
				"Round": decimal(v.Round), "Verdict": decimal(uint8(v.Verdict)),
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		var typed typeddata.TypedData
		if err := json.Unmarshal(document, &typed); err != nil {
			t.Fatal(err)
		}
		want, err := typed.GetMessageHash(hex(v.Validator))
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Hash(); got != *want {
			t.Fatalf("hash %s, the other implementation has %s", got.String(), want.String())
		}
	})
}
