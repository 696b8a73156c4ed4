package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/coder/websocket"

	"github.com/sage-network/sage-node/wire"
)

var (
	// ErrOffline: there is no session now; the message was not sent.
	ErrOffline = errors.New("session: not connected")
	// ErrNetwork: the coordinator serves another network, chain or payer than the profile says.
	ErrNetwork = errors.New("session: the coordinator is of another network")
	// ErrRefused: the coordinator ended the session with a reason.
	ErrRefused = errors.New("session: the coordinator refused")
	// ErrLater: the coordinator has no room now.
	ErrLater = errors.New("session: the coordinator is busy")
	// ErrProtocol: the coordinator sent what does not belong there.
	ErrProtocol = errors.New("session: protocol violation by the coordinator")
	// ErrSilent: nothing came from the coordinator for too long.
	ErrSilent = errors.New("session: the coordinator is silent")
)

// errRead: the connection gave no message.
var errRead = errors.New("session: reading")

// Permanent reports whether trying again soon cannot help: versions or networks differ, or the
// coordinator refused this worker.
func Permanent(err error) bool {
	return errors.Is(err, ErrNetwork) || errors.Is(err, wire.ErrVersion) || errors.Is(err, ErrRefused) || errors.Is(err, wire.ErrTooLarge)
}

// Handler is what the session serves. Its methods must return quickly; Heartbeat is called beside the
// others, which come one at a time.
type Handler interface {
	// Hello gives what the worker says of itself when it connects.
	Hello() Hello
	// Welcomed: a session begins. Keep in the welcome lists the attempts that are still the worker's.
	Welcomed(wire.Welcome)
	// Receive takes an Offer, Withdrawn, Settled or HeartbeatAck.
	Receive(wire.WorkerMessage)
	// Heartbeat gives the worker's state now; the session fills in the time.
	Heartbeat() wire.Heartbeat
	// Lost: the session that was welcomed has ended.
	Lost(error)
}

// Hello is what changes from one connection to the next.
type Hello struct {
	Manifest wire.Manifest
	Peer     string
	Holding  []wire.Holding
}

// Signer is the node key.
type Signer interface {
	PublicKey() []byte // 33 bytes compressed
	Sign(digest [32]byte) []byte
}

// Config of a client. All fields but Log and the times are required.
type Config struct {
	// Coordinator is the base URL, http or https.
	Coordinator *url.URL
	// Network, ChainID and Payer are what the challenge must name. A zero Payer accepts any.
	Network string
	ChainID felt.Felt
	Payer   felt.Felt
	Worker  felt.Felt
	Key     Signer
	Handler Handler
	Log     *slog.Logger
	// HTTP dials; nil means http.DefaultClient.
	HTTP *http.Client
	// MinBackoff and MaxBackoff bound the pause between connections; 0.5 s and 60 s if zero.
	MinBackoff, MaxBackoff time.Duration
	// HandshakeTimeout bounds connecting, challenge and welcome; 15 s if zero.
	HandshakeTimeout time.Duration
	// FailFast makes Run return a permanent error instead of trying on, as long as no session was
	// ever welcomed.
	FailFast bool
}

// Limits on what a Welcome may ask for.
const (
	minHeartbeat = time.Second
	maxHeartbeat = 10 * time.Second
	maxOffline   = 10 * time.Minute
	maxToken     = 512
	// outboxSize bounds what waits for a slow connection; more is refused with ErrOffline.
	outboxSize   = 64
	writeTimeout = 10 * time.Second
)

// Client keeps one session. Send and Token may be called from any goroutine.
type Client struct {
	cfg Config

	mu      sync.Mutex
	current *live
	changed chan struct{} // closed and replaced when current changes
}

// live is a welcomed session.
type live struct {
	token  string
	outbox chan []byte
}

// New checks the configuration.
func New(cfg Config) (*Client, error) {
	switch {
	case cfg.Coordinator == nil || cfg.Coordinator.Scheme != "http" && cfg.Coordinator.Scheme != "https":
		return nil, fmt.Errorf("session: the coordinator's URL must be http or https, got %v", cfg.Coordinator)
	case cfg.Key == nil || cfg.Handler == nil:
		return nil, errors.New("session: key and handler are required")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MinBackoff == 0 {
		cfg.MinBackoff = 500 * time.Millisecond
	}
	if cfg.MaxBackoff == 0 {
		cfg.MaxBackoff = time.Minute
	}
	if cfg.HandshakeTimeout == 0 {
		cfg.HandshakeTimeout = 15 * time.Second
	}
	return &Client{cfg: cfg, changed: make(chan struct{})}, nil
}

// Run connects, and connects again after every cut, until ctx is done or, with FailFast, a permanent
// error comes before the first welcome.
func (c *Client) Run(ctx context.Context) error {
	welcomedOnce := false
	pause := newBackoff(c.cfg.MinBackoff, c.cfg.MaxBackoff)
	for {
		welcomed, err := c.connect(ctx)
		welcomedOnce = welcomedOnce || welcomed
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if welcomed {
			pause.reset()
		}
		if Permanent(err) {
			if c.cfg.FailFast && !welcomedOnce {
				return err
			}
			pause.jump()
		}
		wait := pause.next()
		c.cfg.Log.Warn("no session with the coordinator", "error", err, "again_in", wait.Round(time.Millisecond))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// Send queues a message. It returns [ErrOffline] when there is no session or its queue is full.
func (c *Client) Send(m wire.WorkerMessage) error {
	b, err := wire.EncodeWorker(m)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil {
		return ErrOffline
	}
	select {
	case c.current.outbox <- b:
		return nil
	default:
		return fmt.Errorf("%w: the connection is too slow", ErrOffline)
	}
}

// Connected reports whether a session is welcomed now.
func (c *Client) Connected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current != nil
}

// Token waits for a session and returns its bearer token for uploads.
func (c *Client) Token(ctx context.Context) (string, error) {
	for {
		c.mu.Lock()
		current, changed := c.current, c.changed
		c.mu.Unlock()
		if current != nil {
			return current.token, nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-changed:
		}
	}
}

func (c *Client) set(s *live) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = s
	close(c.changed)
	c.changed = make(chan struct{})
}

// address is the WebSocket's URL.
func (c *Client) address() string {
	u := c.cfg.Coordinator.JoinPath("worker", c.cfg.Worker.String())
	if u.Scheme == "https" {
		u.Scheme = "wss"
	} else {
		u.Scheme = "ws"
	}
	return u.String()
}

// connect opens one connection and serves it to its end. The error is never nil.
func (c *Client) connect(ctx context.Context) (welcomed bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	handshake, done := context.WithTimeout(ctx, c.cfg.HandshakeTimeout)
	defer done()
	conn, response, err := websocket.Dial(handshake, c.address(), &websocket.DialOptions{HTTPClient: c.cfg.HTTP})
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			return false, fmt.Errorf("session: %s answers %s", c.address(), response.Status)
		}
		return false, fmt.Errorf("session: %w", err)
	}
	defer conn.CloseNow()
	conn.SetReadLimit(wire.MaxWorkerMessage)
	welcome, err := c.handshake(handshake, conn)
	if err != nil {
		return false, err
	}
	done()

	s := &live{token: welcome.Session, outbox: make(chan []byte, outboxSize)}
	c.set(s)
	c.cfg.Handler.Welcomed(welcome)
	var running sync.WaitGroup
	running.Go(func() { cancel(c.write(ctx, conn, s.outbox)) })
	running.Go(func() { cancel(c.beat(ctx, heartbeatEvery(welcome))) })
	err = c.read(ctx, conn, offlineAfter(welcome))
	cancel(err)
	conn.CloseNow()
	running.Wait()
	c.set(nil)
	if errors.Is(err, errRead) { // the connection ended: whoever ended it knows why
		err = context.Cause(ctx)
	}
	c.cfg.Handler.Lost(err)
	return true, err
}

func heartbeatEvery(w wire.Welcome) time.Duration {
	return min(max(time.Duration(min(max(w.HeartbeatSeconds, 0), 3600))*time.Second, minHeartbeat), maxHeartbeat)
}

func offlineAfter(w wire.Welcome) time.Duration {
	d := time.Duration(min(max(w.OfflineSeconds, 0), 3600)) * time.Second
	return min(max(d, 2*heartbeatEvery(w)), maxOffline)
}

// handshake: challenge, auth, welcome.
func (c *Client) handshake(ctx context.Context, conn *websocket.Conn) (wire.Welcome, error) {
	challenge, err := expect[wire.Challenge](ctx, conn)
	if err != nil {
		return wire.Welcome{}, err
	}
	if err := c.checkChallenge(challenge); err != nil {
		return wire.Welcome{}, err
	}
	hello := c.cfg.Handler.Hello()
	worker := wire.Felt(c.cfg.Worker)
	auth, err := wire.EncodeWorker(wire.Auth{
		Worker:    worker,
		NodeKey:   c.cfg.Key.PublicKey(),
		Signature: c.cfg.Key.Sign(wire.AuthDigest(challenge, worker, hello.Manifest)),
		Manifest:  hello.Manifest,
		Peer:      hello.Peer,
		Holding:   hello.Holding,
	})
	if err != nil {
		return wire.Welcome{}, err
	}
	if err := conn.Write(ctx, websocket.MessageText, auth); err != nil {
		return wire.Welcome{}, fmt.Errorf("session: sending auth: %w", err)
	}
	welcome, err := expect[wire.Welcome](ctx, conn)
	if err != nil {
		return wire.Welcome{}, err
	}
	if welcome.Session == "" || len(welcome.Session) > maxToken {
		return wire.Welcome{}, fmt.Errorf("%w: a session token of %d bytes", ErrProtocol, len(welcome.Session))
	}
	return welcome, nil
}

func (c *Client) checkChallenge(ch wire.Challenge) error {
	if ch.Network != c.cfg.Network {
		return fmt.Errorf("%w: it serves %q, this worker's profile is %q", ErrNetwork, ch.Network, c.cfg.Network)
	}
	if felt.Felt(ch.ChainID) != c.cfg.ChainID {
		return fmt.Errorf("%w: it serves chain id %s, the profile says %s", ErrNetwork, ch.ChainID, c.cfg.ChainID.String())
	}
	if !c.cfg.Payer.IsZero() && felt.Felt(ch.Coordinator) != c.cfg.Payer {
		return fmt.Errorf("%w: it pays from %s, the profile says %s", ErrNetwork, ch.Coordinator, c.cfg.Payer.String())
	}
	if ch.Nonce.IsZero() {
		return fmt.Errorf("%w: a challenge without a nonce", ErrProtocol)
	}
	return nil
}

// receive reads one message. A Refusal becomes an error.
func receive(ctx context.Context, conn *websocket.Conn) (wire.WorkerMessage, error) {
	kind, b, err := conn.Read(ctx)
	if err != nil {
		if websocket.CloseStatus(err) == websocket.StatusMessageTooBig || errors.Is(err, websocket.ErrMessageTooBig) {
			return nil, fmt.Errorf("%w: the coordinator sent a frame of over %d bytes", wire.ErrTooLarge, wire.MaxWorkerMessage)
		}
		return nil, fmt.Errorf("%w: %w", errRead, err)
	}
	if kind != websocket.MessageText {
		return nil, fmt.Errorf("%w: a binary frame", ErrProtocol)
	}
	m, err := wire.DecodeWorker(b)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func refusal(r wire.Refusal) error {
	text := clip(r.Code) + ": " + clip(r.Message)
	if r.Hint != "" {
		text += " (" + clip(r.Hint) + ")"
	}
	switch r.Code {
	case "full", "rate_limited", "internal":
		return fmt.Errorf("%w: %s", ErrLater, text)
	}
	return fmt.Errorf("%w: %s", ErrRefused, text)
}

// clip bounds what a peer can write into this worker's log.
func clip(s string) string {
	const most = 300
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

func expect[M wire.WorkerMessage](ctx context.Context, conn *websocket.Conn) (M, error) {
	var none M
	m, err := receive(ctx, conn)
	if err != nil {
		return none, err
	}
	if r, ok := m.(wire.Refusal); ok {
		return none, refusal(r)
	}
	wanted, ok := m.(M)
	if !ok {
		return none, fmt.Errorf("%w: %T where %T belongs", ErrProtocol, m, none)
	}
	return wanted, nil
}

// read delivers messages until the connection ends or stays silent for longer than offline. A refusal
// answers one message, unless the connection ends behind it.
func (c *Client) read(ctx context.Context, conn *websocket.Conn, offline time.Duration) error {
	var refused error
	for {
		m, err := func() (wire.WorkerMessage, error) {
			ctx, cancel := context.WithTimeoutCause(ctx, offline, ErrSilent)
			defer cancel()
			m, err := receive(ctx, conn)
			if err != nil && errors.Is(context.Cause(ctx), ErrSilent) {
				return nil, fmt.Errorf("%w for %s", ErrSilent, offline)
			}
			return m, err
		}()
		if err != nil {
			if refused != nil {
				return refused
			}
			return err
		}
		refused = nil
		switch m := m.(type) {
		case wire.Offer, wire.Withdrawn, wire.Settled, wire.HeartbeatAck:
			c.cfg.Handler.Receive(m)
		case wire.Refusal:
			refused = refusal(m)
			c.cfg.Log.Warn("the coordinator refused a message", "error", refused)
		default:
			return fmt.Errorf("%w: %T within a session", ErrProtocol, m)
		}
	}
}

func (c *Client) write(ctx context.Context, conn *websocket.Conn, outbox <-chan []byte) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case b := <-outbox:
			ctx, cancel := context.WithTimeout(ctx, writeTimeout)
			err := conn.Write(ctx, websocket.MessageText, b)
			cancel()
			if err != nil {
				return fmt.Errorf("session: writing: %w", err)
			}
		}
	}
}

// beat sends a heartbeat at once and then at every interval, whatever the worker is doing.
func (c *Client) beat(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		h := c.cfg.Handler.Heartbeat()
		h.Timestamp = time.Now().Unix()
		if err := c.Send(h); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// backoff doubles a pause up to a limit and draws each from its upper half, so that workers that
// lost one coordinator at the same moment do not return at the same moment.
type backoff struct{ least, most, current time.Duration }

func newBackoff(least, most time.Duration) *backoff { return &backoff{least, most, least} }

func (b *backoff) reset() { b.current = b.least }
func (b *backoff) jump()  { b.current = b.most }

func (b *backoff) next() time.Duration {
	d := b.current
	b.current = min(2*b.current, b.most)
	return d/2 + rand.N(d/2+1)
}
