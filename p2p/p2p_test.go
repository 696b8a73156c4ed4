package p2p

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"go.uber.org/goleak"
	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newHost(t *testing.T, change ...func(*Config)) *Host {
	t.Helper()
	key, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	config := Config{Network: "test", Key: key}
	for _, c := range change {
		c(&config)
	}
	h, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return h
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func connect(t *testing.T, a, b *Host) {
	t.Helper()
	if _, err := a.Connect(deadline(t), b.Addresses()[0]); err != nil {
		t.Fatal(err)
	}
}

// await polls a condition until the test's deadline.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ctx := deadline(t)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}

type blobs map[job.Hash][]byte

func (b blobs) Get(_ context.Context, hash job.Hash) ([]byte, error) {
	if blob, ok := b[hash]; ok {
		return blob, nil
	}
	return nil, ErrNotFound
}

func (b blobs) add(size int) job.Hash {
	blob := make([]byte, size)
	_, _ = rand.Read(blob)
	hash := job.Hash(blake3.Sum256(blob))
	b[hash] = blob
	return hash
}

func TestIdentityIsTheNodeKey(t *testing.T) {
	key, _ := secp256k1.GeneratePrivateKey()
	h := newHost(t, func(c *Config) { c.Key = key })
	id, err := PeerID(key.PubKey())
	if err != nil || id != h.ID() {
		t.Errorf("identity %s, node key gives %s (%v)", h.ID(), id, err)
	}
}

func TestBadConfigurations(t *testing.T) {
	key, _ := secp256k1.GeneratePrivateKey()
	for name, c := range map[string]struct {
		config Config
		want   error
	}{
		"no key":            {Config{Network: "test"}, ErrNoIdentity},
		"no network":        {Config{Key: key}, ErrConfig},
		"slash in network":  {Config{Network: "a/b", Key: key}, ErrConfig},
		"bootstrap no peer": {Config{Network: "test", Key: key, Bootstrap: []string{"/ip4/127.0.0.1/tcp/1"}}, ErrConfig},
		"bootstrap no addr": {Config{Network: "test", Key: key, Bootstrap: []string{"localhost:1"}}, ErrConfig},
		"limits reversed":   {Config{Network: "test", Key: key, LowPeers: 10, HighPeers: 5}, ErrConfig},
	} {
		t.Run(name, func(t *testing.T) {
			if h, err := New(c.config); !errors.Is(err, c.want) {
				t.Errorf("got %v, %v; want %v", h, err, c.want)
			}
		})
	}
}

func TestBootstrapPeersAreKept(t *testing.T) {
	hub := newHost(t)
	h := newHost(t, func(c *Config) { c.Bootstrap = hub.Addresses() })
	await(t, "connection to the bootstrap peer", func() bool { return len(h.Peers()) == 1 })
	_ = h.libp2p.Network().ClosePeer(hub.ID())
	await(t, "reconnection", func() bool { return len(h.Peers()) == 1 })
}

func TestTableFindsPeers(t *testing.T) {
	withTable := func(c *Config) { c.DHT = true }
	hub := newHost(t, withTable)
	withHub := func(c *Config) { c.DHT = true; c.Bootstrap = hub.Addresses() }
	a, b := newHost(t, withHub), newHost(t, withHub)
	await(t, "two strangers meeting through the table", func() bool {
		return a.libp2p.Network().Connectedness(b.ID()) == network.Connected
	})
}

func TestQUIC(t *testing.T) {
	withQUIC := func(c *Config) { c.QUIC = true; c.Listen = []string{"/ip4/127.0.0.1/udp/0/quic-v1"} }
	a, b := newHost(t, withQUIC), newHost(t, withQUIC)
	connect(t, a, b)
}

func TestFetch(t *testing.T) {
	served := blobs{}
	small, empty, large := served.add(1000), served.add(0), served.add(MaxBlob)
	server, client, stranger := newHost(t), newHost(t), newHost(t)
	server.ServeBlobs(served)
	stranger.ServeBlobs(blobs{})
	connect(t, client, stranger)
	connect(t, client, server)
	for _, hash := range []job.Hash{small, empty, large} {
		got, err := client.Fetch(deadline(t), hash, MaxBlob)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, served[hash]) {
			t.Errorf("fetched %d bytes, want %d", len(got), len(served[hash]))
		}
	}
	if _, err := client.Fetch(deadline(t), small, 999, server.ID()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := client.Fetch(deadline(t), job.Hash{1}, MaxBlob); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown blob: %v", err)
	}
	for _, limit := range []int{0, -1, MaxBlob + 1} {
		if _, err := client.Fetch(deadline(t), small, limit); !errors.Is(err, ErrConfig) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func TestFetchFromNobody(t *testing.T) {
	if _, err := newHost(t).Fetch(deadline(t), job.Hash{1}, 10); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestFetchFromLiars has peers that send something else, promise too much, say nothing or hang up;
// the honest one, asked last, still delivers.
func TestFetchFromLiars(t *testing.T) {
	served := blobs{}
	hash := served.add(100_000)
	client, honest := newHost(t), newHost(t)
	honest.ServeBlobs(served)
	answer := func(b []byte) network.StreamHandler {
		return func(s network.Stream) {
			_, _ = io.CopyN(io.Discard, s, requestSize)
			_, _ = s.Write(b)
			_ = s.Close()
		}
	}
	turned := bytes.Clone(served[hash])
	turned[5000] ^= 1
	frame := func(size uint32, body []byte) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{statusFound}, size), body...)
	}
	silence := make(chan struct{})
	t.Cleanup(func() { close(silence) })
	var from []peer.ID
	for _, handler := range []network.StreamHandler{
		answer(frame(100_000, turned)),
		answer(frame(100_000, served[hash][:50_000])),
		answer(frame(1<<31, served[hash])),
		answer(frame(0, nil)),
		answer([]byte{99}),
		answer(nil),
		func(s network.Stream) { _ = s.Reset() },
		func(s network.Stream) { <-silence; _ = s.Reset() },
	} {
		liar := newHost(t)
		liar.libp2p.SetStreamHandler(BlobProtocol, handler)
		connect(t, client, liar)
		from = append(from, liar.ID())
	}
	connect(t, client, honest)
	got, err := client.Fetch(deadline(t), hash, MaxBlob, append(from, honest.ID())...)
	if err != nil || !bytes.Equal(got, served[hash]) {
		t.Fatalf("fetched %d bytes: %v", len(got), err)
	}
	if _, err := client.Fetch(deadline(t), hash, MaxBlob, from[:7]...); err != nil {
		t.Errorf("the honest peer was not asked: %v", err)
	}
}

type blocking struct {
	entered chan struct{}
	release chan struct{}
}

func (b blocking) Get(ctx context.Context, _ job.Hash) ([]byte, error) {
	b.entered <- struct{}{}
	select {
	case <-b.release:
		return nil, ErrNotFound
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestOnePeerCannotOccupyTheServer(t *testing.T) {
	server, client := newHost(t), newHost(t)
	b := blocking{entered: make(chan struct{}), release: make(chan struct{})}
	server.ServeBlobs(b)
	connect(t, client, server)
	var waiting sync.WaitGroup
	for range servedAtOnceForPeer {
		waiting.Go(func() {
			if _, err := client.fetchFrom(deadline(t), server.ID(), job.Hash{}, 1, false); !errors.Is(err, ErrNotFound) {
				t.Errorf("waiting request: %v", err)
			}
		})
		<-b.entered
	}
	if _, err := client.fetchFrom(deadline(t), server.ID(), job.Hash{}, 1, false); !errors.Is(err, ErrBusy) {
		t.Errorf("one request too many: %v, want %v", err, ErrBusy)
	}
	close(b.release)
	waiting.Wait()
}

// TestStrangersDoNotKeepBootstrapPeersOut fills all places of strangers.
func TestStrangersDoNotKeepBootstrapPeersOut(t *testing.T) {
	l := newBlobLimits()
	n := 0
	for l.enter(peer.ID(fmt.Sprint("stranger ", n/servedAtOnceForPeer)), false) {
		n++
	}
	if n != servedAtOnce {
		t.Errorf("%d strangers are served, want %d", n, servedAtOnce)
	}
	if !l.enter("validator", true) {
		t.Error("a bootstrap peer finds no place")
	}
	l.leave("validator", true)
	for i := range n {
		l.leave(peer.ID(fmt.Sprint("stranger ", i/servedAtOnceForPeer)), false)
	}
	if l.strangers != 0 || l.bootstrap != 0 || len(l.each) != 0 {
		t.Errorf("left behind: %+v", l.each)
	}
}

// TestSilentStreamsTakeNoPlace opens many streams that ask for nothing; who asks is served.
func TestSilentStreamsTakeNoPlace(t *testing.T) {
	served := blobs{}
	hash := served.add(1000)
	server, silent, client := newHost(t), newHost(t), newHost(t)
	server.ServeBlobs(served)
	connect(t, silent, server)
	connect(t, client, server)
	for range 2 * servedAtOnceForPeer {
		s, err := silent.libp2p.NewStream(deadline(t), server.ID(), BlobProtocol)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Reset()
		if _, err := s.Write([]byte{1}); err != nil { // the protocol is agreed on lazily
			t.Fatal(err)
		}
	}
	for _, h := range []*Host{client, silent} {
		if _, err := h.fetchFrom(deadline(t), server.ID(), hash, MaxBlob, false); err != nil {
			t.Error(err)
		}
	}
}

// TestFetchPastACrowdThatStalls has more peers that promise and stall than are asked at first; the
// honest one, given last, is reached long before their time is over.
func TestFetchPastACrowdThatStalls(t *testing.T) {
	served := blobs{}
	hash := served.add(1000)
	client, honest := newHost(t), newHost(t)
	honest.ServeBlobs(served)
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	var from []peer.ID
	for range 6 {
		staller := newHost(t)
		staller.libp2p.SetStreamHandler(BlobProtocol, func(s network.Stream) { <-over; _ = s.Reset() })
		connect(t, client, staller)
		from = append(from, staller.ID())
	}
	connect(t, client, honest)
	ctx, cancel := context.WithTimeout(t.Context(), fetchTimeout/2)
	defer cancel()
	if _, err := client.Fetch(ctx, hash, MaxBlob, append(from, honest.ID())...); err != nil {
		t.Fatal(err)
	}
}

func TestTopic(t *testing.T) {
	hosts := []*Host{newHost(t), newHost(t), newHost(t)}
	connect(t, hosts[0], hosts[1])
	connect(t, hosts[1], hosts[2]) // 0 and 2 know each other only through 1
	var judged [3]atomic.Int32
	var unwanted atomic.Int32
	var topics []*Topic[string]
	for i, h := range hosts {
		topic, err := Join(h, VoteTopic("test"), 16, func(_ context.Context, _ peer.ID, data []byte) (string, Decision) {
			judged[i].Add(1)
			if i == 2 && !bytes.Equal(data, []byte("ping")) && !bytes.Equal(data, []byte("vote")) {
				unwanted.Add(1)
			}
			switch {
			case bytes.HasPrefix(data, []byte("spam")) && i != 0:
				return "", Reject
			case bytes.HasPrefix(data, []byte("late")) && i != 0:
				return "", Ignore
			}
			return string(data), Accept
		})
		if err != nil {
			t.Fatal(err)
		}
		topics = append(topics, topic)
	}
	await(t, "subscriptions", func() bool {
		return len(topics[0].Peers()) == 1 && len(topics[2].Peers()) == 1 && len(topics[1].Peers()) == 2
	})
	ctx := deadline(t)
	// Relaying begins when the mesh has formed.
	await(t, "the mesh", func() bool {
		if err := topics[0].Publish(ctx, []byte("ping")); err != nil {
			t.Fatal(err)
		}
		wait, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		_, err := topics[2].Next(wait)
		return err == nil
	})
	before := judged[1].Load()
	for _, text := range []string{"spam", "late", "vote"} {
		if err := topics[0].Publish(ctx, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{1, 2} {
		got := "ping"
		for got == "ping" {
			var err error
			if got, err = topics[i].Next(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if got != "vote" {
			t.Errorf("host %d got %q", i, got)
		}
	}
	await(t, "host 1 to judge all three", func() bool { return judged[1].Load() == before+3 })
	if n := unwanted.Load(); n != 0 {
		t.Errorf("host 2 saw %d messages that host 1 did not accept", n)
	}
	if err := topics[0].Publish(ctx, make([]byte, 17)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("oversized message: %v", err)
	}
	for _, topic := range topics {
		if err := topic.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestReadBlobStopsAtTheLimit(t *testing.T) {
	// A hostile length costs nothing: memory grows with what arrives.
	head := binary.BigEndian.AppendUint32([]byte{statusFound}, MaxBlob)
	if _, err := readBlob(bytes.NewReader(head), job.Hash{}, MaxBlob); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func FuzzReadBlob(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0})
	f.Add([]byte{1})
	f.Add(append([]byte{0, 0, 0, 0, 3}, "abc"...))
	hash := job.Hash(blake3.Sum256([]byte("abc")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if blob, err := readBlob(bytes.NewReader(b), hash, 64); err == nil && string(blob) != "abc" {
			t.Errorf("accepted %q", blob)
		}
	})
}

func TestRestEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if rest(ctx, time.Hour) {
			t.Error("rested although the context had ended")
		}
		if !rest(t.Context(), time.Hour) {
			t.Error("did not rest")
		}
	})
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "node.key")
	drawn, err := LoadOrCreateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	read, err := LoadOrCreateKey(path)
	if err != nil || !read.Key.Equals(&drawn.Key) {
		t.Errorf("read back another key: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	order := "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
	for _, content := range []string{"", "abc", strings.Repeat("0", 64), order, strings.Repeat("f", 66)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadOrCreateKey(path); !errors.Is(err, ErrKeyFile) {
			t.Errorf("content %q: %v", content, err)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreateKey(path); err == nil {
		t.Error("took a key that others can read")
	}
}
