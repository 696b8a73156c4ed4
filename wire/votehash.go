package wire

import (
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/starkhash"
)

// voteType is the SNIP-12 type of a vote. Its primary type is its own, so that no other signature
// of the same key can be taken for a vote. The chain id is in the domain, the validator in the
// message hash.
var voteType = starkhash.MustStructType("Vote", []starkhash.Member{
	{Name: "Proof Verifier", Type: "ContractAddress"},
	{Name: "Verifier Version", Type: "u128"},
	{Name: "Vote Epoch", Type: "u128"},
	{Name: "Job", Type: "u128"},
	{Name: "Attempt", Type: "u128"},
	{Name: "Worker", Type: "ContractAddress"},
	{Name: "Terms Hash", Type: "felt"},
	{Name: "Input Commitment", Type: "u256"},
	{Name: "Result Commitment", Type: "u256"},
	{Name: "Proof Commitment", Type: "felt"},
	{Name: "Proof Hash", Type: "u256"},
	{Name: "Result Hash", Type: "u256"},
	{Name: "Round", Type: "u128"},
	{Name: "Verdict", Type: "u128"},
})

// voteKeyType is the SNIP-12 type by which a validator shows that it holds its vote key.
var voteKeyType = starkhash.MustStructType("Vote Key", []starkhash.Member{
	{Name: "Validator Registry", Type: "ContractAddress"},
	{Name: "Vote Key", Type: "felt"},
})

// domain is that of all messages which SAGE's contracts check.
func domain(chainID felt.Felt) starkhash.Domain {
	return starkhash.Domain{
		Name:    starkhash.MustShortString("SAGE"),
		Version: starkhash.MustShortString("1"),
		ChainID: chainID,
	}
}

// Hash returns the SNIP-12 (revision 1) message hash that the vote's signature is over: what
// ProofVerifier.vote_hash returns. The signature is not part of it.
func (v Vote) Hash() felt.Felt {
	s := &v.Slot
	return starkhash.MessageHash(domain(s.ChainID), v.Validator, voteType.Hash(
		s.ProofVerifier,
		starkhash.Uint64(uint64(s.VerifierVersion)),
		starkhash.Uint64(s.VoteEpoch),
		s.Job.Felt(),
		starkhash.Uint64(uint64(s.Attempt)),
		s.Worker,
		s.TermsHash,
		starkhash.HashU256(s.InputCommitment),
		starkhash.HashU256(s.ResultCommitment),
		s.ProofCommitment,
		starkhash.HashU256(s.ProofHash),
		starkhash.HashU256(s.ResultHash),
		starkhash.Uint64(uint64(v.Round)),
		starkhash.Uint64(uint64(v.Verdict)),
	))
}

// SignVote returns the vote with key's signature. The signature is a function of key and vote
// (RFC 6979).
func SignVote(key starkhash.PrivateKey, v Vote) (Vote, error) {
	signature, err := key.Sign(v.Hash())
	if err != nil {
		return Vote{}, fmt.Errorf("sign vote: %w", err)
	}
	v.Signature = signature
	return v, nil
}

// VoteKeyHash returns the SNIP-12 message hash that ValidatorRegistry.register_validator wants
// signed by the vote key itself, as proof of possession.
func VoteKeyHash(chainID, validatorRegistry, validator, voteKey felt.Felt) felt.Felt {
	return starkhash.MessageHash(domain(chainID), validator, voteKeyType.Hash(validatorRegistry, voteKey))
}
