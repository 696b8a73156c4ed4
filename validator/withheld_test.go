package validator

import (
	"slices"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/wire"
)

// workerHost is a worker's host: its own key, and an address to come back at.
func workerHost(t *testing.T, key *secp256k1.PrivateKey, listen ...string) *p2p.Host {
	t.Helper()
	h, err := p2p.New(p2p.Config{Network: "test", Key: key, Listen: listen})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// TestWithholdingPayerCostsTheWorkerNothing has a payer's peer to which all validators are connected and
// which serves nothing, and a worker to which none of them is. Its node key on-chain is enough.
func TestWithholdingPayerCostsTheWorkerNothing(t *testing.T) {
	net := newNetwork(t, 4)
	net.worker.ServeBlobs(&shelf{}) // here the payer's
	net.startAll()
	key, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	before := workerHost(t, key)
	for _, h := range net.hosts {
		if _, err := h.Connect(t.Context(), before.Addresses()[0]); err != nil {
			t.Fatal(err)
		}
	}
	listen, _, _ := strings.Cut(before.Addresses()[0], "/p2p/")
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	awaitPolling(t, func() bool {
		return !slices.ContainsFunc(net.hosts, func(h *p2p.Host) bool { return slices.Contains(h.Peers(), before.ID()) })
	})
	// The worker is back, and connects to nobody.
	worker := workerHost(t, key, listen)
	shelf := &shelf{blobs: make(map[job.Hash][]byte)}
	worker.ServeBlobs(shelf)
	a, proof, result := work(1, "V")
	shelf.put(proof)
	shelf.put(result)
	net.ledger.mu.Lock()
	net.ledger.nodeKeys = map[felt.Felt]*secp256k1.PublicKey{a.Slot.Worker: key.PubKey()}
	net.ledger.mu.Unlock()
	net.ledger.submit(a)
	net.ledger.await(t, "VALID by the worker's own peer", recorded(1, wire.Valid))
}
