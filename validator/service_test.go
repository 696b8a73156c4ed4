package validator

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

func recorded(number byte, verdict wire.Verdict) func(*ledger) bool {
	return func(l *ledger) bool {
		a, _, _ := work(number, "")
		found := l.find(a.Slot.Job, 1)
		return found != nil && found.Recorded == verdict
	}
}

func TestFourValidatorsDecide(t *testing.T) {
	net := newNetwork(t, 4)
	net.startAll()
	good, proof, result := work(1, "V: a good proof")
	net.shelf.put(proof)
	net.shelf.put(result)
	bad, badProof, badResult := work(2, "X: a bad proof")
	net.shelf.put(badProof)
	net.shelf.put(badResult)
	net.ledger.submit(good)
	net.ledger.submit(bad)
	net.ledger.await(t, "VALID for the good proof", recorded(1, wire.Valid))
	net.ledger.await(t, "INVALID for the bad proof", recorded(2, wire.Invalid))
	// A worker that must take the certificate to the chain itself gets it from them.
	table, err := bft.NewTable(3, testMembers(t, 4))
	if err != nil {
		t.Fatal(err)
	}
	admission := bft.NewAdmission(testChainID, testVerifier, table, voteVerifier{})
	found := net.worker.FetchCertificates(t.Context(), good.Slot.Job, 1)
	if len(found) == 0 {
		t.Error("no validator serves the certificate")
	}
	for _, c := range found {
		if err := admission.VerifyCertificate(c); err != nil || c.Slot != good.Slot || c.Verdict != wire.Valid {
			t.Errorf("certificate %+v: %v", c, err)
		}
	}
	if found := net.worker.FetchCertificates(t.Context(), good.Slot.Job, 2); len(found) != 0 {
		t.Errorf("certificates on an attempt that does not exist: %v", found)
	}
	net.ledger.await(t, "all validators checked in", func(l *ledger) bool { return len(l.checkIns) == 4 })
	net.ledger.mu.Lock()
	defer net.ledger.mu.Unlock()
	if net.ledger.rejected != 0 {
		t.Errorf("%d certificates did not verify", net.ledger.rejected)
	}
	for _, c := range net.ledger.approvals {
		if c.Signers.Count() < 3 {
			t.Errorf("certificate of %d signers", c.Signers.Count())
		}
	}
}

func TestThreeOfFourSuffice(t *testing.T) {
	net := newNetwork(t, 4)
	for _, i := range []int{0, 2, 3} {
		net.start(i)
	}
	a, proof, result := work(1, "V")
	net.shelf.put(proof)
	net.shelf.put(result)
	net.ledger.submit(a)
	net.ledger.await(t, "VALID with one validator down", recorded(1, wire.Valid))
}

func TestUnavailableThenServed(t *testing.T) {
	net := newNetwork(t, 4)
	net.startAll()
	a, proof, result := work(1, "V")
	net.shelf.put(proof)
	net.ledger.submit(a)
	net.ledger.await(t, "UNAVAILABLE while nobody serves the result", recorded(1, wire.Unavailable))
	net.shelf.put(result)
	net.ledger.await(t, "VALID once it is served", recorded(1, wire.Valid))
}

// stalling accepts requests for these blobs and never answers.
type stalling map[job.Hash]bool

func (s stalling) Get(ctx context.Context, hash job.Hash) ([]byte, error) {
	if !s[hash] {
		return nil, p2p.ErrNotFound
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestStallingProofsDelayOnlyThemselves submits more proofs than are judged at a time whose worker accepts
// requests and never answers. A proof that is served is judged beside them.
func TestStallingProofsDelayOnlyThemselves(t *testing.T) {
	net := newNetwork(t, 4)
	net.startAll()
	staller, stalled := newHost(t), stalling{}
	for i := range judgedAtOnce + 1 {
		a, _, _ := work(byte(10+i), fmt.Sprint("V: never served ", i))
		stalled[a.Slot.ProofHash] = true
		net.ledger.submit(a)
	}
	staller.ServeBlobs(stalled)
	for _, h := range net.hosts {
		if _, err := h.Connect(t.Context(), staller.Addresses()[0]); err != nil {
			t.Fatal(err)
		}
	}
	good, proof, result := work(1, "V: a good proof")
	net.shelf.put(proof)
	net.shelf.put(result)
	net.ledger.submit(good)
	net.ledger.await(t, "VALID beside them", recorded(1, wire.Valid))
	for i := range judgedAtOnce + 1 {
		net.ledger.await(t, "a stalling proof is judged unavailable", recorded(byte(10+i), wire.Unavailable))
	}
}

func TestRestartInTheMiddle(t *testing.T) {
	net := newNetwork(t, 4)
	net.start(0)
	net.start(1)
	a, proof, result := work(1, "V")
	net.shelf.put(proof)
	net.shelf.put(result)
	net.ledger.submit(a)
	// Two of four vote and cannot decide; one of them dies and comes back over its log.
	voted := func(i int) func(*ledger) bool {
		return func(*ledger) bool { return net.services[i].config.Log.Len() > 0 }
	}
	awaitPolling(t, func() bool { return voted(0)(nil) && voted(1)(nil) })
	before := net.services[0].config.Log.Votes(a.Slot)
	net.stops[0]()
	net.start(0)
	net.start(2)
	net.ledger.await(t, "VALID after the restart", recorded(1, wire.Valid))
	after := net.services[0].config.Log.Votes(a.Slot)
	if len(after) < len(before) || after[0] != before[0] {
		t.Errorf("log held %d votes before the restart, %d after it", len(before), len(after))
	}
}

func TestEquivocationIsReported(t *testing.T) {
	net := newNetwork(t, 4)
	for _, i := range []int{0, 1} {
		net.start(i)
	}
	a, proof, result := work(1, "V")
	net.shelf.put(proof)
	net.shelf.put(result)
	// Validator 3 says both.
	liar := newHost(t, append(net.hosts[0].Addresses(), net.hosts[1].Addresses()...)...)
	topic, err := p2p.Join(liar, p2p.VoteTopic("test"), wire.VoteSize, func(context.Context, peer.ID, []byte) (bft.ValidatedMessage, p2p.Decision) {
		return bft.ValidatedMessage{}, p2p.Accept
	})
	if err != nil {
		t.Fatal(err)
	}
	defer topic.Close()
	awaitPolling(t, func() bool { return len(topic.Peers()) == 2 })
	for round, verdict := range []wire.Verdict{wire.Valid, wire.Invalid} {
		vote, err := wire.SignVote(voteKey(t, 3), wire.Vote{Slot: a.Slot, Round: uint32(round), Verdict: verdict, Validator: validatorAddress(3)})
		if err != nil {
			t.Fatal(err)
		}
		data, _ := vote.MarshalBinary()
		if err := topic.Publish(t.Context(), data); err != nil {
			t.Fatal(err)
		}
	}
	net.ledger.submit(a) // the votes came early
	net.ledger.await(t, "evidence on the chain", func(l *ledger) bool {
		return len(l.evidence) == 1 && l.evidence[0].Validator() == validatorAddress(3)
	})
}

// awaitPolling waits for a condition that nothing announces.
func awaitPolling(t *testing.T, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	for !condition() {
		if !rest(ctx, 10*time.Millisecond) {
			t.Fatal("waited in vain")
		}
	}
}

// TestTheSameJobWithOtherTerms: after a decision the chain forgets blocks, and the job is there again under its id, with
// other terms. What was said of the first is no answer to the second, and no contradiction of it.
func TestTheSameJobWithOtherTerms(t *testing.T) {
	net := newNetwork(t, 4)
	first, proof, result := work(1, "V: a good proof")
	first.Slot.TermsHash, first.Delivery = starkhash.Uint64(1), job.DeliverProof
	net.shelf.put(proof)
	net.shelf.put(result)
	net.ledger.submit(first)
	net.startAll()
	net.ledger.await(t, "VALID under the first terms", recorded(1, wire.Valid))

	// The same worker, proof and result; now the result is asked for, and is not of the size.
	second := first
	second.Slot.TermsHash = starkhash.Uint64(2)
	second.Delivery, second.Statement.Rows = job.DeliverResult, 7
	net.ledger.replace(first, second)
	net.ledger.await(t, "INVALID under the second terms", recorded(1, wire.Invalid))

	net.ledger.mu.Lock()
	defer net.ledger.mu.Unlock()
	if len(net.ledger.evidence) != 0 {
		t.Errorf("honest validators were reported: %v", net.ledger.evidence)
	}
	old := net.ledger.approvals[0]
	table, err := bft.NewTable(3, testMembers(t, 4))
	if err != nil {
		t.Fatal(err)
	}
	admission := bft.NewAdmission(testChainID, testVerifier, table, voteVerifier{})
	if err := admission.VerifyCertificate(old); err != nil {
		t.Fatalf("the first certificate: %v", err)
	}
	old.Slot.TermsHash = second.Slot.TermsHash
	if err := admission.VerifyCertificate(old); err == nil {
		t.Error("the certificate for the first terms holds for the second")
	}
	for _, service := range net.services {
		for _, vote := range service.config.Log.Votes(second.Slot) {
			if vote.Verdict == wire.Valid {
				t.Errorf("%s votes VALID under the second terms", vote.Validator.String())
			}
		}
	}
}
