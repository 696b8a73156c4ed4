package p2p

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/multiformats/go-multiaddr"

	"github.com/sage-network/sage-node/job"
)

// TestFetchReachesThePeerItNames: the holder of a blob is known by identity and address and is not
// connected.
func TestFetchReachesThePeerItNames(t *testing.T) {
	served := blobs{}
	hash := served.add(100_000)
	client, holder := newHost(t), newHost(t)
	holder.ServeBlobs(served)
	if _, err := client.Fetch(deadline(t), hash, MaxBlob, holder.ID()); !errors.Is(err, ErrNotFound) || !errors.Is(err, ErrUnreachable) {
		t.Errorf("without any address: %v", err)
	}
	client.libp2p.Peerstore().AddAddrs(holder.ID(), holder.libp2p.Addrs(), peerstore.TempAddrTTL)
	got, err := client.Fetch(deadline(t), hash, MaxBlob, holder.ID(), holder.ID(), client.ID())
	if err != nil || !bytes.Equal(got, served[hash]) {
		t.Errorf("fetched %d bytes: %v", len(got), err)
	}
}

// TestFetchSearchesTheTable: a third host knows where the holder is; the client knows nothing but the
// holder's identity.
func TestFetchSearchesTheTable(t *testing.T) {
	served := blobs{}
	hash := served.add(1000)
	withTable := func(c *Config) { c.DHT = true }
	hub := newHost(t, withTable)
	withHub := func(c *Config) { c.DHT = true; c.Bootstrap = hub.Addresses() }
	holder, client := newHost(t, withHub), newHost(t, withHub)
	holder.ServeBlobs(served)
	connected := func(h *Host) bool { return h.libp2p.Network().Connectedness(hub.ID()) == network.Connected }
	await(t, "both at the hub", func() bool { return connected(holder) && connected(client) })
	await(t, "the blob", func() bool {
		// What the hosts have learnt of each other by themselves is forgotten.
		_ = client.libp2p.Network().ClosePeer(holder.ID())
		client.libp2p.Peerstore().ClearAddrs(holder.ID())
		ctx, cancel := context.WithTimeout(deadline(t), fetchTimeout)
		defer cancel()
		got, err := client.Fetch(ctx, hash, MaxBlob, holder.ID())
		return err == nil && bytes.Equal(got, served[hash])
	})
}

// asked counts requests and has what it is asked for.
type asked struct {
	blobs
	times atomic.Int32
}

func (a *asked) Get(ctx context.Context, hash job.Hash) ([]byte, error) {
	a.times.Add(1)
	return a.blobs.Get(ctx, hash)
}

// TestAnotherKeyIsNotAsked: at the address that a peer is said to have sits a host with another key.
func TestAnotherKeyIsNotAsked(t *testing.T) {
	impostor := &asked{blobs: blobs{}}
	hash := impostor.add(1000)
	client, named, liar := newHost(t), newHost(t), newHost(t)
	liar.ServeBlobs(impostor)
	client.libp2p.Peerstore().AddAddrs(named.ID(), liar.libp2p.Addrs(), peerstore.TempAddrTTL)
	if _, err := client.Fetch(deadline(t), hash, MaxBlob, named.ID()); !errors.Is(err, ErrNotFound) || !errors.Is(err, ErrUnreachable) {
		t.Errorf("fetched by way of another key: %v", err)
	}
	if n := impostor.times.Load(); n != 0 {
		t.Errorf("the other key was asked %d times", n)
	}
}

// TestSilentAddressDelaysLittle: the address of the peer that is asked first takes connections and
// says nothing; a connected peer has the blob.
func TestSilentAddressDelaysLittle(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	silent, err := multiaddr.NewMultiaddr("/ip4/127.0.0.1/tcp/" + port)
	if err != nil {
		t.Fatal(err)
	}
	served := blobs{}
	hash := served.add(1000)
	client, named, honest := newHost(t), newHost(t), newHost(t)
	honest.ServeBlobs(served)
	connect(t, client, honest)
	client.libp2p.Peerstore().AddAddr(named.ID(), silent, peerstore.TempAddrTTL)
	if _, err := client.Fetch(deadline(t), hash, MaxBlob, named.ID()); err != nil {
		t.Error(err)
	}
}
