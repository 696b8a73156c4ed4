package validator

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"
	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/wire"
)

// local fetches from a shelf, and from nowhere else.
type local struct{ *shelf }

func (l local) Fetch(ctx context.Context, hash job.Hash, maxSize int, _ ...peer.ID) ([]byte, error) {
	blob, err := l.Get(ctx, hash)
	if err == nil && len(blob) > maxSize {
		return nil, p2p.ErrTooLarge
	}
	return blob, err
}

func TestVerdicts(t *testing.T) {
	// Each case starts from a good submission whose blobs are all served.
	for name, c := range map[string]struct {
		proof  string
		change func(a *Attempt, blobs map[job.Hash][]byte)
		want   wire.Verdict
	}{
		"good":                  {proof: "V", want: wire.Valid},
		"proof does not verify": {proof: "X", want: wire.Invalid},
		"proof that does not verify, result withheld": {proof: "X", want: wire.Invalid, change: func(a *Attempt, b map[job.Hash][]byte) {
			delete(b, a.Slot.ResultHash)
		}},
		"proof withheld": {proof: "V", want: wire.Unavailable, change: func(a *Attempt, b map[job.Hash][]byte) {
			delete(b, a.Slot.ProofHash)
		}},
		"result withheld": {proof: "V", want: wire.Unavailable, change: func(a *Attempt, b map[job.Hash][]byte) {
			delete(b, a.Slot.ResultHash)
		}},
		"result withheld, delivery of the proof": {proof: "V", want: wire.Valid, change: func(a *Attempt, b map[job.Hash][]byte) {
			delete(b, a.Slot.ResultHash)
			a.Delivery = job.DeliverProof
		}},
		"another proof commitment": {proof: "V", want: wire.Invalid, change: func(a *Attempt, _ map[job.Hash][]byte) {
			a.Slot.ProofCommitment = starkhash.Uint64(1)
		}},
		"another result commitment": {proof: "V", want: wire.Invalid, change: func(a *Attempt, _ map[job.Hash][]byte) {
			a.Slot.ResultCommitment[0] ^= 1
		}},
		"result of another size": {proof: "V", want: wire.Invalid, change: func(a *Attempt, b map[job.Hash][]byte) {
			replaceResult(a, b, b[a.Slot.ResultHash][4:])
		}},
		"empty result": {proof: "V", want: wire.Invalid, change: func(a *Attempt, b map[job.Hash][]byte) {
			replaceResult(a, b, nil)
		}},
		"entry outside the field": {proof: "V", want: wire.Invalid, change: func(a *Attempt, b map[job.Hash][]byte) {
			blob := append([]byte(nil), b[a.Slot.ResultHash]...)
			binary.LittleEndian.PutUint32(blob, 1<<31-1)
			replaceResult(a, b, blob)
		}},
		"proof over the limit": {proof: "V" + string(make([]byte, p2p.MaxProof)), want: wire.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			a, proof, result := work(1, c.proof)
			s := &shelf{blobs: make(map[job.Hash][]byte)}
			s.put(proof)
			s.put(result)
			if c.change != nil {
				c.change(&a, s.blobs)
			}
			finding, err := Judge{Verifier: plain{}, Blobs: local{s}}.Judge(t.Context(), a)
			if err != nil || finding.Verdict != c.want || finding.Reason == "" {
				t.Errorf("got %+v, %v; want %s", finding, err, c.want)
			}
		})
	}
}

func replaceResult(a *Attempt, blobs map[job.Hash][]byte, blob []byte) {
	a.Slot.ResultHash = blake3.Sum256(blob)
	blobs[a.Slot.ResultHash] = blob
}

func TestAbstention(t *testing.T) {
	for name, change := range map[string]func(*Attempt){
		"verifier version": func(a *Attempt) { a.Slot.VerifierVersion = 2 },
		"AIR":              func(a *Attempt) { a.Statement.AIR = 2 },
		"AIR version":      func(a *Attempt) { a.Statement.Version = 2 },
		"k":                func(a *Attempt) { a.Statement.K = 11 },
		"rows":             func(a *Attempt) { a.Statement.Rows = 9 },
		"delivery":         func(a *Attempt) { a.Delivery = "pigeon" },
	} {
		a, proof, _ := work(1, "V")
		change(&a)
		j := Judge{Verifier: plain{}, Blobs: local{&shelf{}}}
		if _, err := j.Judge(t.Context(), a); !errors.Is(err, ErrAbstain) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := j.JudgeProof(t.Context(), a, proof); !errors.Is(err, ErrAbstain) {
			t.Errorf("%s, given the proof: %v", name, err)
		}
	}
}

func TestGivingUpIsNoVerdict(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a, proof, _ := work(1, "V")
	j := Judge{Verifier: plain{}, Blobs: local{&shelf{}}}
	if finding, err := j.Judge(ctx, a); !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v", finding, err)
	}
	if finding, err := j.JudgeProof(ctx, a, proof); !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v", finding, err)
	}
}

func TestWhatTheChainTakes(t *testing.T) {
	for _, c := range []struct {
		stage                       Stage
		recorded                    wire.Verdict
		overdue                     bool
		valid, invalid, unavailable bool
	}{
		{Submitted, 0, false, true, true, true},
		{Submitted, 0, true, false, false, false},
		{Challenge, wire.Valid, false, false, true, false},
		{Challenge, wire.Valid, true, false, false, false},
		{Appeal, wire.Invalid, false, true, false, false},
		{Appeal, wire.Unavailable, false, true, true, false},
		{Appeal, wire.Unavailable, true, false, false, false},
		{Ended, wire.Valid, false, false, false, false},
	} {
		a := Attempt{Stage: c.stage, Recorded: c.recorded, Overdue: c.overdue}
		if a.Takes(wire.Valid) != c.valid || a.Takes(wire.Invalid) != c.invalid || a.Takes(wire.Unavailable) != c.unavailable {
			t.Errorf("%+v takes VALID %t, INVALID %t, UNAVAILABLE %t", c, a.Takes(wire.Valid), a.Takes(wire.Invalid), a.Takes(wire.Unavailable))
		}
		if a.Open() != (c.valid || c.invalid) {
			t.Errorf("%+v is open: %t", c, a.Open())
		}
	}
}
