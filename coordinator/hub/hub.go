// Package hub holds the WebSocket sessions of workers.
//
// A session begins with a challenge that the worker signs with its node key; the key must be the one
// registered on-chain for the address, and the worker ACTIVE. A worker has one session: a new one
// replaces the old. Messages are bounded in size and rate; a reader that does not keep up is dropped,
// since its queue is bounded; one that falls silent is dropped after the offline time.
//
// The hub knows nothing of jobs: what messages mean is decided by a [Desk].
package hub

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// Codes of refusals.
const (
	CodeAuth       = "unauthorized"
	CodeIneligible = "not_eligible"
	CodeMalformed  = "malformed"
	CodeVersion    = "version"
	CodeTooLarge   = "too_large"
	CodeRate       = "rate_limited"
	CodeReplaced   = "replaced"
	CodeFull       = "full"
	CodeStale      = "stale_fence"
	CodeRefused    = "refused"
	CodeInternal   = "internal"
)

// Registry reads workers on-chain.
type Registry interface {
	Worker(ctx context.Context, address felt.Felt) (bindings.WorkerInfo, error)
}

// Desk decides what messages mean. Its methods are called from each session's own goroutine, one after
// the other for one worker. An error is answered with a refusal;
// the session goes on. A *Refused error chooses the code.
type Desk interface {
	// Joined admits an authenticated worker and says which held attempts are still its own.
	Joined(ctx context.Context, auth wire.Auth, info bindings.WorkerInfo) ([]wire.Holding, error)
	// Ready follows when messages can be sent to the worker.
	Ready(ctx context.Context, worker felt.Felt)
	// Heartbeat returns the number of jobs that wait.
	Heartbeat(ctx context.Context, worker felt.Felt, m wire.Heartbeat) int
	Declined(ctx context.Context, worker felt.Felt, m wire.Declined) error
	Progress(ctx context.Context, worker felt.Felt, m wire.Progress) error
	Result(ctx context.Context, worker felt.Felt, m wire.ComputeResult) error
	Failed(ctx context.Context, worker felt.Felt, m wire.Failed) error
	// Left follows when the worker's session has ended and no other has taken its place.
	Left(ctx context.Context, worker felt.Felt)
}

// Refused is an error with the code and the hint of its refusal.
type Refused struct {
	Code, Hint string
	Err        error
}

func (r *Refused) Error() string { return r.Err.Error() }

// Unwrap gives the cause.
func (r *Refused) Unwrap() error { return r.Err }

// Config says how sessions are held.
type Config struct {
	Network     string
	ChainID     felt.Felt
	Coordinator felt.Felt
	// Peers are the coordinator's libp2p addresses.
	Peers func() []string
	// Heartbeat is the pace that workers are told, Offline the silence after which a session is
	// dropped. Defaults 5 s and 30 s.
	Heartbeat, Offline time.Duration
	// Handshake bounds the time to authenticate, Write that of sending one message. Defaults 10 s, 5 s.
	Handshake, Write time.Duration
	// Queue is the number of messages that wait for a slow reader before it is dropped. Default 64.
	Queue int
	// Sessions bounds the connections, Handshakes those that authenticate at a time (each reads the
	// chain). Defaults 12,000 and 64.
	Sessions, Handshakes int
	// PerSource bounds the connections of one source, which SourceOf names: a network address. Default 256;
	// without SourceOf all are one source, which Sessions alone bounds.
	PerSource int
	SourceOf  func(*http.Request) string
	// Rate is the number of messages a second that a worker may send, with bursts of five times as
	// many. Default 20.
	Rate float64
	Log  *slog.Logger
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&c.Heartbeat, 5*time.Second)
	set(&c.Offline, 30*time.Second)
	set(&c.Handshake, 10*time.Second)
	set(&c.Write, 5*time.Second)
	if c.Queue == 0 {
		c.Queue = 64
	}
	if c.Sessions == 0 {
		c.Sessions = 12_000
	}
	if c.Handshakes == 0 {
		c.Handshakes = 64
	}
	if c.PerSource == 0 {
		c.PerSource = 256
	}
	if c.Rate == 0 {
		c.Rate = 20
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Peers == nil {
		c.Peers = func() []string { return nil }
	}
	return c
}

// Hub serves sessions. Mount it at /worker/{address}.
type Hub struct {
	config     Config
	registry   Registry
	desk       Desk
	sessions   chan struct{}
	handshakes chan struct{}

	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	workers map[felt.Felt]*session
	tokens  map[[32]byte]felt.Felt // by SHA-256: a lookup's time tells nothing of a token
	sources map[string]int         // connections
}

var _ http.Handler = (*Hub)(nil)

// New makes a hub; Close ends its sessions.
func New(c Config, r Registry, d Desk) *Hub {
	c = c.withDefaults()
	ctx, stop := context.WithCancel(context.Background())
	return &Hub{
		config: c, registry: r, desk: d, ctx: ctx, stop: stop,
		sessions: make(chan struct{}, c.Sessions), handshakes: make(chan struct{}, c.Handshakes),
		workers: map[felt.Felt]*session{}, tokens: map[[32]byte]felt.Felt{}, sources: map[string]int{},
	}
}

// Close ends all sessions and waits for them.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.stop()
	h.wg.Wait()
}

// Send queues a message for a worker. It reports false when the worker has no session or its queue is
// full; in the latter case the session is dropped.
func (h *Hub) Send(worker felt.Felt, m wire.WorkerMessage) bool {
	h.mu.Lock()
	s := h.workers[worker]
	h.mu.Unlock()
	return s != nil && s.send(m)
}

// Connected reports whether a worker has a session.
func (h *Hub) Connected(worker felt.Felt) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.workers[worker] != nil
}

// Authenticate returns the worker whose session has this token.
func (h *Hub) Authenticate(token string) (felt.Felt, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	worker, ok := h.tokens[sha256.Sum256([]byte(token))]
	return worker, ok
}

// ServeHTTP serves one session.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address, err := wire.ParseFelt(r.PathValue("address"))
	if err != nil {
		http.Error(w, "the path must end with the worker's address: "+err.Error(), http.StatusBadRequest)
		return
	}
	if h.config.SourceOf != nil {
		from := h.config.SourceOf(r)
		if !h.admit(from) {
			http.Error(w, "too many sessions from your network address", http.StatusTooManyRequests)
			return
		}
		defer h.dismiss(from)
	}
	select {
	case h.sessions <- struct{}{}:
		defer func() { <-h.sessions }()
	default:
		http.Error(w, "too many sessions; try again later", http.StatusServiceUnavailable)
		return
	}
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	h.wg.Add(1)
	h.mu.Unlock()
	defer h.wg.Done()
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // it has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(wire.MaxWorkerMessage)
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	s := &session{
		hub: h, conn: conn, worker: address, cancel: cancel,
		queue: make(chan outgoing, h.config.Queue), rate: rate.NewLimiter(rate.Limit(h.config.Rate), int(5*h.config.Rate)),
	}
	if err := s.serve(ctx); err != nil {
		h.config.Log.Info("worker session ended", "worker", address.String(), "reason", err)
	}
}

// admit counts a connection of a source, unless it has too many.
func (h *Hub) admit(from string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sources[from] >= h.config.PerSource {
		return false
	}
	h.sources[from]++
	return true
}

func (h *Hub) dismiss(from string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sources[from]--; h.sources[from] == 0 {
		delete(h.sources, from)
	}
}

// authenticate checks everything that an Auth claims against the challenge and the chain.
func (h *Hub) authenticate(ctx context.Context, c wire.Challenge, address felt.Felt, a wire.Auth) (bindings.WorkerInfo, error) {
	bad := func(format string, args ...any) (bindings.WorkerInfo, error) {
		return bindings.WorkerInfo{}, &Refused{Code: CodeAuth, Err: fmt.Errorf(format, args...)}
	}
	if felt.Felt(a.Worker) != address || felt.Felt(a.Manifest.Wallet) != address {
		return bad("the path names worker %s, the message %s, the manifest %s", address.String(), a.Worker, a.Manifest.Wallet)
	}
	key, err := wire.ParseNodeKey(a.NodeKey)
	if err != nil {
		return bad("%w", err)
	}
	if a.Manifest.NodeID != wire.NodeID(key) {
		return bad("the manifest is for another node key")
	}
	if err := wire.VerifyNode(key, wire.ManifestDigest(a.Manifest), a.Manifest.Signature); err != nil {
		return bad("manifest: %w", err)
	}
	if err := wire.VerifyNode(key, wire.AuthDigest(c, a.Worker, a.Manifest), a.Signature); err != nil {
		return bad("challenge: %w", err)
	}
	if _, err := ecdh.X25519().NewPublicKey(a.Manifest.PayloadKey); err != nil {
		return bad("payload key: %w", err)
	}
	if len(a.Holding) > maxHolding || len(a.Peer) > maxText {
		return bad("%d held attempts and a peer address of %d bytes; at most %d and %d", len(a.Holding), len(a.Peer), maxHolding, maxText)
	}
	info, err := h.registry.Worker(ctx, address)
	if err != nil {
		return info, &Refused{Code: CodeInternal, Hint: "try again later", Err: errors.New("the chain does not answer")}
	}
	x, odd := wire.NodeKeyOnChain(key)
	if [32]byte(info.NodeKeyX) != x || info.NodeKeyOdd != odd {
		return info, &Refused{Code: CodeAuth, Hint: "register this node key: sage-worker register", Err: errors.New("another node key is registered on-chain")}
	}
	if info.Status != bindings.WorkerStatusActive {
		return info, &Refused{Code: CodeIneligible, Hint: "stake at least the tier's minimum and register", Err: fmt.Errorf("the worker is %s on-chain, not Active", info.Status)}
	}
	return info, nil
}

const (
	maxHolding = 64
	maxText    = 512
)

// enroll makes a session the worker's only one, and gives it a token.
func (h *Hub) enroll(s *session) string {
	var secret [32]byte
	rand.Read(secret[:])
	token := hex.EncodeToString(secret[:])
	s.token = sha256.Sum256([]byte(token))
	h.mu.Lock()
	old := h.workers[s.worker]
	h.workers[s.worker] = s
	h.tokens[s.token] = s.worker
	h.mu.Unlock()
	if old != nil {
		old.end(wire.Refusal{Code: CodeReplaced, Message: "the worker has opened another session"})
	}
	return token
}

func (h *Hub) leave(ctx context.Context, s *session) {
	h.mu.Lock()
	delete(h.tokens, s.token)
	last, closed := h.workers[s.worker] == s, h.closed
	if last {
		delete(h.workers, s.worker)
	}
	h.mu.Unlock()
	if last && !closed { // at the end of the hub it is the coordinator that leaves
		h.desk.Left(context.WithoutCancel(ctx), s.worker)
	}
}

func newChallenge(c Config) wire.Challenge {
	var nonce job.Hash
	rand.Read(nonce[:])
	return wire.Challenge{Network: c.Network, ChainID: wire.Felt(c.ChainID), Coordinator: wire.Felt(c.Coordinator), Nonce: nonce}
}
