package validator

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

func newTestDoorman(t *testing.T) *doorman {
	ledger := newLedger(testMembers(t, 4))
	tables := newTables(account{ledger, validatorAddress(0)}, testChainID, testVerifier)
	tables.advance(3)
	return newDoorman(tables)
}

func signed(t *testing.T, by int, change func(*wire.Vote)) wire.Vote {
	t.Helper()
	a, _, _ := work(1, "V")
	vote := wire.Vote{Slot: a.Slot, Verdict: wire.Valid, Validator: validatorAddress(by)}
	if change != nil {
		change(&vote)
	}
	vote, err := wire.SignVote(voteKey(t, by), vote)
	if err != nil {
		t.Fatal(err)
	}
	return vote
}

func (d *doorman) try(t *testing.T, vote wire.Vote) p2p.Decision {
	t.Helper()
	data, err := vote.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	message, decision := d.admit(t.Context(), "", data)
	if decision == p2p.Accept && message.Vote() != vote {
		t.Errorf("admitted %+v as %+v", vote, message.Vote())
	}
	return decision
}

func TestAdmission(t *testing.T) {
	d := newTestDoorman(t)
	if _, decision := d.admit(t.Context(), "", []byte("no vote")); decision != p2p.Reject {
		t.Errorf("garbage: %d", decision)
	}
	forged := signed(t, 1, nil)
	forged.Verdict = wire.Invalid
	stolen := signed(t, 1, nil)
	stolen.Validator = validatorAddress(2)
	for name, c := range map[string]struct {
		vote wire.Vote
		want p2p.Decision
	}{
		"forged verdict": {forged, p2p.Reject},
		"stolen":         {stolen, p2p.Reject},
		"stranger":       {signed(t, 9, nil), p2p.Reject},
		"another chain":  {signed(t, 1, func(v *wire.Vote) { v.Slot.ChainID = starkhash.Uint64(1) }), p2p.Reject},
		"another court":  {signed(t, 1, func(v *wire.Vote) { v.Slot.ProofVerifier = starkhash.Uint64(1) }), p2p.Reject},
		"next epoch":     {signed(t, 1, func(v *wire.Vote) { v.Slot.VoteEpoch = 4 }), p2p.Ignore},
		"far epoch":      {signed(t, 1, func(v *wire.Vote) { v.Slot.VoteEpoch = 1 << 40 }), p2p.Ignore},
	} {
		if got := d.try(t, c.vote); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	vote := signed(t, 1, nil)
	if got := d.try(t, vote); got != p2p.Accept {
		t.Errorf("good vote: %d", got)
	}
	if got := d.try(t, vote); got != p2p.Ignore {
		t.Errorf("repetition: %d", got)
	}
	// The same vote under the other signature that ECDSA has for it.
	order := starkhash.CurveOrder()
	s := vote.Signature.S
	varied := vote
	varied.Signature.S.SetBigInt(order.Sub(order, bigOf(s)))
	if !voteKey(t, 1).PublicKey().Verify(varied.Hash(), varied.Signature) {
		t.Fatal("the varied signature should verify")
	}
	if got := d.try(t, varied); got != p2p.Ignore {
		t.Errorf("varied signature: %d", got)
	}
	if got := d.try(t, signed(t, 1, func(v *wire.Vote) { v.Verdict = wire.Invalid })); got != p2p.Accept {
		t.Errorf("contradiction, which is evidence: %d", got)
	}
}

func TestForgeriesDoNotBlockTheTrueVote(t *testing.T) {
	d := newTestDoorman(t)
	vote := signed(t, 1, nil)
	forged := vote
	forged.Signature.R = starkhash.Uint64(3)
	if got := d.try(t, forged); got != p2p.Reject {
		t.Errorf("forged: %d", got)
	}
	if got := d.try(t, vote); got != p2p.Accept {
		t.Errorf("true vote after its forgery: %d", got)
	}
}

func TestAFloodIsNotRelayed(t *testing.T) {
	d := newTestDoorman(t)
	now := time.Unix(1000, 0)
	d.now = func() time.Time { return now }
	a, _, _ := work(1, "V")
	say := func(by, n int) bool {
		return d.remember(statement{a.Slot, uint32(n), wire.Valid, validatorAddress(by)})
	}
	for n := range votesBurst {
		if !say(1, n) {
			t.Fatalf("vote %d of a burst of %d refused", n, votesBurst)
		}
	}
	if say(1, votesBurst) {
		t.Error("one too many was admitted")
	}
	if !say(2, 0) {
		t.Error("another validator pays for it")
	}
	now = now.Add(time.Second)
	admitted := 0
	for n := range 2 * votesPerSecond {
		if say(1, 2*votesBurst+n) {
			admitted++
		}
	}
	if admitted != votesPerSecond {
		t.Errorf("%d votes a second later, want %d", admitted, votesPerSecond)
	}
	for n := range seenVotes {
		now = now.Add(time.Second)
		say(3, n)
	}
	if n := len(d.seen[0]) + len(d.seen[1]); n > seenVotes {
		t.Errorf("remembers %d votes", n)
	}
}

func TestEarlyVotesAreBounded(t *testing.T) {
	early := newEarlyVotes()
	d := newTestDoorman(t)
	admission, err := d.tables.get(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	var message bft.ValidatedMessage
	if message, err = admission.Validate(signed(t, 1, nil)); err != nil {
		t.Fatal(err)
	}
	for range 2 * earlyFromOne {
		early.add(message)
	}
	other, _ := admission.Validate(signed(t, 2, nil))
	early.add(other)
	got := early.take(message.Vote().Slot)
	if len(got) != earlyFromOne+1 || len(early.bySlot) != 0 || len(early.from) != 0 {
		t.Errorf("%d votes waited, %d slots and %d validators are left", len(got), len(early.bySlot), len(early.from))
	}
	early.add(message)
	early.forget(4)
	if len(early.bySlot) != 1 {
		t.Error("forgot votes of the last epoch")
	}
	early.forget(5)
	if len(early.bySlot) != 0 || len(early.from) != 0 {
		t.Error("kept votes of a past epoch")
	}
}

func TestCursor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	c := NewFileCursor(path)
	if block, err := c.Load(); err != nil || block != 0 {
		t.Errorf("new cursor at %d, %v", block, err)
	}
	for _, block := range []uint64{7, 7, 1 << 60} {
		if err := c.Save(block); err != nil {
			t.Fatal(err)
		}
		if got, err := NewFileCursor(path).Load(); err != nil || got != block {
			t.Errorf("saved %d, loaded %d, %v", block, got, err)
		}
	}
	if err := os.WriteFile(path, []byte("seven"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Load(); err == nil {
		t.Error("loaded a word")
	}
}
