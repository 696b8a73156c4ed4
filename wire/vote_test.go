package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/internal/starkhash"
)

func drawFelt(t *rapid.T, label string) felt.Felt {
	b := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, label)
	return *new(felt.Felt).SetBytes(b)
}

func drawHash(t *rapid.T, label string) (h [32]byte) {
	copy(h[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, label))
	return h
}

func drawSlot(t *rapid.T) Slot {
	s := Slot{
		ChainID: drawFelt(t, "chain"), ProofVerifier: drawFelt(t, "verifier"),
		VerifierVersion: rapid.Uint32().Draw(t, "version"), VoteEpoch: rapid.Uint64().Draw(t, "epoch"),
		Attempt: rapid.Uint32().Draw(t, "attempt"), Worker: drawFelt(t, "worker"), TermsHash: drawFelt(t, "terms hash"),
		InputCommitment: drawHash(t, "input"), ResultCommitment: drawHash(t, "result"),
		ProofCommitment: drawFelt(t, "commitment"), ProofHash: drawHash(t, "proof"), ResultHash: drawHash(t, "result hash"),
	}
	copy(s.Job[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "job"))
	return s
}

func drawVote(t *rapid.T) Vote {
	return Vote{
		Slot: drawSlot(t), Round: rapid.Uint32Range(0, MaxRound).Draw(t, "round"),
		Verdict:   Verdict(rapid.IntRange(1, 3).Draw(t, "verdict")),
		Validator: drawFelt(t, "validator"), Signature: Signature{R: drawFelt(t, "r"), S: drawFelt(t, "s")},
	}
}

func TestVoteRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vote := drawVote(t)
		b, err := vote.MarshalBinary()
		if err != nil || len(b) != VoteSize {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		var back Vote
		if err := back.UnmarshalBinary(b); err != nil || back != vote {
			t.Fatalf("read back %+v, %v", back, err)
		}
		slot, _ := vote.Slot.MarshalBinary()
		var backSlot Slot
		if err := backSlot.UnmarshalBinary(slot); err != nil || backSlot != vote.Slot || len(slot) != SlotSize {
			t.Fatalf("slot read back %+v, %v", backSlot, err)
		}
	})
}

func sampleVote() Vote {
	return Vote{
		Slot: Slot{
			ChainID: starkhash.MustShortString("SN_SEPOLIA"), ProofVerifier: starkhash.Uint64(0xfe), VerifierVersion: 1,
			VoteEpoch: 7, Attempt: 2, Worker: starkhash.Uint64(0x77), ProofCommitment: starkhash.Uint64(0x99),
		},
		Round: 3, Verdict: Invalid, Validator: starkhash.Uint64(0x1234),
		Signature: Signature{R: starkhash.Uint64(1), S: starkhash.Uint64(2)},
	}
}

func TestVoteIsReadStrictly(t *testing.T) {
	good, _ := sampleVote().MarshalBinary()
	const validator = VoteSize - 96
	change := func(at int, b ...byte) []byte {
		c := bytes.Clone(good)
		copy(c[at:], b)
		return c
	}
	overPrime := []byte{0x08, 0, 0, 0, 0, 0, 0, 0x11, 31: 1} // the field's prime itself
	for name, c := range map[string]struct {
		encoded []byte
		want    error
	}{
		"empty":            {nil, ErrTruncated},
		"truncated":        {good[:VoteSize-1], ErrTruncated},
		"trailing byte":    {append(bytes.Clone(good), 0), ErrTrailing},
		"version 0":        {change(0, 0), ErrVersion},
		"version 1":        {change(0, 1), ErrVersion}, // votes without terms hash
		"version 3":        {change(0, 3), ErrVersion},
		"verdict 0":        {change(validator-1, 0), ErrNotCanonical},
		"verdict 4":        {change(validator-1, 4), ErrNotCanonical},
		"round too high":   {change(validator-5, 0, 0x10, 0, 1), ErrNotCanonical},
		"chain id ≥ prime": {change(1, overPrime...), ErrNotCanonical},
		"r ≥ prime":        {change(validator+32, overPrime...), ErrNotCanonical},
		"s all ones":       {change(validator+64, bytes.Repeat([]byte{0xff}, 32)...), ErrNotCanonical},
	} {
		t.Run(name, func(t *testing.T) {
			vote := sampleVote()
			if err := vote.UnmarshalBinary(c.encoded); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if vote != sampleVote() {
				t.Error("a failed decoding changed its target")
			}
		})
	}
}

func TestVoteSignatureBindsEverything(t *testing.T) {
	key, err := starkhash.NewPrivateKey(bytes.Repeat([]byte{3}, 32))
	if err != nil {
		t.Fatal(err)
	}
	vote, err := SignVote(key, sampleVote())
	if err != nil {
		t.Fatal(err)
	}
	good := func(v Vote) bool { return key.PublicKey().Verify(v.Hash(), v.Signature) }
	if !good(vote) {
		t.Fatal("own signature does not verify")
	}
	again, _ := SignVote(key, sampleVote())
	if again != vote {
		t.Error("signing twice gave two signatures")
	}
	one := starkhash.Uint64(1)
	for name, change := range map[string]func(*Vote){
		"chain":             func(v *Vote) { v.Slot.ChainID = one },
		"proof verifier":    func(v *Vote) { v.Slot.ProofVerifier = one },
		"verifier version":  func(v *Vote) { v.Slot.VerifierVersion++ },
		"epoch":             func(v *Vote) { v.Slot.VoteEpoch++ },
		"job":               func(v *Vote) { v.Slot.Job[0] ^= 1 },
		"attempt":           func(v *Vote) { v.Slot.Attempt++ },
		"worker":            func(v *Vote) { v.Slot.Worker = one },
		"terms hash":        func(v *Vote) { v.Slot.TermsHash = one },
		"input commitment":  func(v *Vote) { v.Slot.InputCommitment[31] ^= 1 },
		"result commitment": func(v *Vote) { v.Slot.ResultCommitment[0] ^= 1 },
		"proof commitment":  func(v *Vote) { v.Slot.ProofCommitment = one },
		"proof hash":        func(v *Vote) { v.Slot.ProofHash[15] ^= 1 },
		"result hash":       func(v *Vote) { v.Slot.ResultHash[16] ^= 1 },
		"round":             func(v *Vote) { v.Round++ },
		"verdict":           func(v *Vote) { v.Verdict = Valid },
		"validator":         func(v *Vote) { v.Validator = one },
	} {
		changed := vote
		change(&changed)
		if good(changed) {
			t.Errorf("the signature holds for another %s", name)
		}
	}
	if key.PublicKey().Verify(VoteKeyHash(vote.Slot.ChainID, vote.Slot.ProofVerifier, vote.Validator, key.PublicKey().X()), vote.Signature) {
		t.Error("a vote passes as proof of possession")
	}
}

func TestVerdictText(t *testing.T) {
	for _, v := range []Verdict{Valid, Invalid, Unavailable} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back Verdict
		if err := json.Unmarshal(b, &back); err != nil || back != v {
			t.Errorf("%s read back as %s, %v", b, back, err)
		}
	}
	var v Verdict
	for _, bad := range []string{`"valid"`, `""`, `"verdict(4)"`} {
		if err := json.Unmarshal([]byte(bad), &v); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := Verdict(0).MarshalText(); !errors.Is(err, ErrNotCanonical) {
		t.Error(err)
	}
}

func FuzzVote(f *testing.F) {
	good, _ := sampleVote().MarshalBinary()
	f.Add(good)
	f.Add(good[:100])
	f.Fuzz(func(t *testing.T, b []byte) {
		var vote Vote
		if vote.UnmarshalBinary(b) != nil {
			return
		}
		back, err := vote.MarshalBinary()
		if err != nil || !bytes.Equal(back, b) {
			t.Errorf("%x was accepted and is written as %x, %v", b, back, err)
		}
	})
}
