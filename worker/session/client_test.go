package session

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/coder/websocket"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/identity"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	chainID = *new(felt.Felt).SetUint64(0x534e)
	payer   = *new(felt.Felt).SetUint64(0xc0)
	worker  = *new(felt.Felt).SetUint64(0xabc)
)

// coordinator is a server that plays one script per connection.
type coordinator struct {
	t    *testing.T
	http *httptest.Server
	n    atomic.Int32
}

type peer struct {
	t      *testing.T
	conn   *websocket.Conn
	number int
}

func serve(t *testing.T, script func(ctx context.Context, p *peer)) *coordinator {
	c := &coordinator{t: t}
	c.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/worker/"+worker.String() {
			http.NotFound(w, r)
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.CloseNow()
		script(r.Context(), &peer{t, conn, int(c.n.Add(1))})
	}))
	t.Cleanup(c.http.Close)
	return c
}

func (p *peer) send(ctx context.Context, m wire.WorkerMessage) {
	b, err := wire.EncodeWorker(m)
	if err != nil {
		p.t.Error(err)
		return
	}
	p.conn.Write(ctx, websocket.MessageText, b)
}

// next reads the worker's next message, nil at the end.
func (p *peer) next(ctx context.Context) wire.WorkerMessage {
	_, b, err := p.conn.Read(ctx)
	if err != nil {
		return nil
	}
	m, err := wire.DecodeWorker(b)
	if err != nil {
		p.t.Error(err)
		return nil
	}
	return m
}

func challenge() wire.Challenge {
	return wire.Challenge{Network: "test", ChainID: wire.Felt(chainID), Coordinator: wire.Felt(payer), Nonce: job.Hash{1}}
}

// admit plays the coordinator's side of the handshake and checks the worker's signature.
func (p *peer) admit(ctx context.Context, w wire.Welcome) wire.Auth {
	ch := challenge()
	p.send(ctx, ch)
	auth, ok := p.next(ctx).(wire.Auth)
	if !ok {
		p.t.Error("no auth")
		return auth
	}
	key, err := wire.ParseNodeKey(auth.NodeKey)
	if err != nil {
		p.t.Error(err)
		return auth
	}
	if err := wire.VerifyNode(key, wire.AuthDigest(ch, auth.Worker, auth.Manifest), auth.Signature); err != nil {
		p.t.Error(err)
	}
	p.send(ctx, w)
	return auth
}

func welcome() wire.Welcome {
	return wire.Welcome{Session: "secret", HeartbeatSeconds: 1, OfflineSeconds: 30}
}

// handler records what the session tells it.
type handler struct {
	mu      sync.Mutex
	holding []wire.Holding
	events  chan any // wire messages, welcomes, errors of Lost
	beating wire.Heartbeat
}

func newHandler() *handler { return &handler{events: make(chan any, 100)} }

func (h *handler) Hello() Hello {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Hello{Manifest: wire.Manifest{Tier: job.TierConsumer}, Holding: h.holding}
}
func (h *handler) Welcomed(w wire.Welcome)      { h.events <- w }
func (h *handler) Receive(m wire.WorkerMessage) { h.events <- m }
func (h *handler) Lost(err error)               { h.events <- err }
func (h *handler) Heartbeat() wire.Heartbeat    { return h.beating }
func (h *handler) hold(holding ...wire.Holding) { h.mu.Lock(); h.holding = holding; h.mu.Unlock() }

func await[T any](t *testing.T, h *handler) T {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case e := <-h.events:
			if v, ok := e.(T); ok {
				return v
			}
		case <-timeout:
			var v T
			t.Fatalf("no %T came", v)
		}
	}
}

func client(t *testing.T, c *coordinator, h Handler, change func(*Config)) *Client {
	t.Helper()
	key, err := identity.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(c.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := Config{
		Coordinator: u, Network: "test", ChainID: chainID, Payer: payer, Worker: worker, Key: key, Handler: h,
		HTTP: &http.Client{Transport: transport}, MinBackoff: time.Millisecond, MaxBackoff: 5 * time.Millisecond,
	}
	if change != nil {
		change(&cfg)
	}
	cl, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return cl
}

// run starts the client and returns a function that stops it and gives Run's error.
func run(t *testing.T, c *Client) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	var once sync.Once
	var err error
	stop = func() error {
		once.Do(func() { cancel(); err = <-ended })
		return err
	}
	t.Cleanup(func() { stop() })
	return stop
}

func TestSession(t *testing.T) {
	job1 := job.ID{1}
	seen := make(chan wire.WorkerMessage, 100)
	c := serve(t, func(ctx context.Context, p *peer) {
		p.admit(ctx, welcome())
		p.send(ctx, wire.Offer{Job: job1, Attempt: 1, Fence: 5, Payload: []byte("sealed")})
		for m := p.next(ctx); m != nil; m = p.next(ctx) {
			seen <- m
		}
	})
	h := newHandler()
	h.beating = wire.Heartbeat{Status: "busy", CurrentJob: &job1}
	cl := client(t, c, h, nil)
	if err := cl.Send(wire.Declined{}); !errors.Is(err, ErrOffline) {
		t.Errorf("Send before a session: %v, want ErrOffline", err)
	}
	stop := run(t, cl)
	if w := await[wire.Welcome](t, h); w.Session != "secret" {
		t.Errorf("%+v", w)
	}
	if token, err := cl.Token(t.Context()); err != nil || token != "secret" {
		t.Errorf("token %q %v", token, err)
	}
	if o := await[wire.Offer](t, h); o.Job != job1 || o.Fence != 5 || string(o.Payload) != "sealed" {
		t.Errorf("%+v", o)
	}
	if err := cl.Send(wire.Declined{Job: job1, Attempt: 1, Fence: 5, Reason: "no"}); err != nil {
		t.Error(err)
	}
	beats, declined := 0, false
	for beats < 2 || !declined { // the second beat comes by the clock
		switch m := (<-seen).(type) {
		case wire.Heartbeat:
			beats++
			if m.Status != "busy" || m.CurrentJob == nil || *m.CurrentJob != job1 || m.Timestamp == 0 {
				t.Errorf("%+v", m)
			}
		case wire.Declined:
			declined = true
		default:
			t.Errorf("%T", m)
		}
	}
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	if cl.Connected() {
		t.Error("still connected")
	}
}

func TestReconnectsAndSaysWhatItHolds(t *testing.T) {
	held := wire.Holding{Job: job.ID{7}, Attempt: 2, Fence: 9, State: job.Proving}
	auths := make(chan wire.Auth, 100)
	c := serve(t, func(ctx context.Context, p *peer) {
		auths <- p.admit(ctx, welcome())
		if p.number > 1 {
			for p.next(ctx) != nil {
			}
		}
	})
	h := newHandler()
	run(t, client(t, c, h, nil))
	if a := <-auths; len(a.Holding) != 0 {
		t.Errorf("%+v", a.Holding)
	}
	h.hold(held)
	await[wire.Welcome](t, h)
	await[error](t, h)
	for { // the cut may have come before hold
		a := <-auths
		if len(a.Holding) == 1 && a.Holding[0] == held {
			break
		}
		if len(a.Holding) > 0 {
			t.Fatalf("%+v", a.Holding)
		}
	}
	await[wire.Welcome](t, h)
}

func TestRefusesAWrongCoordinator(t *testing.T) {
	raw := func(text string) func(context.Context, *peer) {
		return func(ctx context.Context, p *peer) {
			p.conn.Write(ctx, websocket.MessageText, []byte(text))
			p.next(ctx)
		}
	}
	say := func(m wire.WorkerMessage) func(context.Context, *peer) {
		return func(ctx context.Context, p *peer) { p.send(ctx, m); p.next(ctx) }
	}
	altered := func(change func(*wire.Challenge)) func(context.Context, *peer) {
		ch := challenge()
		change(&ch)
		return say(ch)
	}
	welcoming := func(w wire.Welcome) func(context.Context, *peer) {
		return func(ctx context.Context, p *peer) { p.admit(ctx, w); p.next(ctx) }
	}
	body, _ := json.Marshal(challenge())
	cases := map[string]struct {
		script    func(context.Context, *peer)
		want      error
		text      string
		permanent bool
	}{
		"another network":  {altered(func(c *wire.Challenge) { c.Network = "main" }), ErrNetwork, `"main"`, true},
		"another chain":    {altered(func(c *wire.Challenge) { c.ChainID = wire.Felt{1} }), ErrNetwork, "chain id", true},
		"another payer":    {altered(func(c *wire.Challenge) { c.Coordinator = wire.Felt{1} }), ErrNetwork, "pays from", true},
		"no nonce":         {altered(func(c *wire.Challenge) { c.Nonce = job.Hash{} }), ErrProtocol, "nonce", false},
		"another version":  {raw(`{"v":2,"type":"challenge","body":` + string(body) + `}`), wire.ErrVersion, "version 2", true},
		"oversized frame":  {raw(`{"v":1,"type":"challenge","body":"` + strings.Repeat("x", wire.MaxWorkerMessage) + `"}`), wire.ErrTooLarge, "frame", true},
		"no message":       {raw(`hello`), wire.ErrMalformed, "", false},
		"unknown type":     {raw(`{"v":1,"type":"dance","body":{}}`), wire.ErrMalformed, "dance", false},
		"out of order":     {say(wire.Offer{}), ErrProtocol, "Offer", false},
		"refusal":          {say(wire.Refusal{Code: "not_registered", Message: "no such worker", Hint: "register first"}), ErrRefused, "register first", true},
		"passing refusal":  {say(wire.Refusal{Code: "full", Message: "too many workers"}), ErrLater, "too many", false},
		"empty token":      {welcoming(wire.Welcome{HeartbeatSeconds: 5}), ErrProtocol, "token", false},
		"oversized token":  {welcoming(wire.Welcome{Session: strings.Repeat("x", maxToken+1)}), ErrProtocol, "token", false},
		"binary frame":     {func(ctx context.Context, p *peer) { p.conn.Write(ctx, websocket.MessageBinary, []byte{1}); p.next(ctx) }, ErrProtocol, "binary", false},
		"cut at the start": {func(context.Context, *peer) {}, nil, "", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHandler()
			cl := client(t, serve(t, c.script), h, nil)
			welcomed, err := cl.connect(t.Context())
			if welcomed || err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v %v, want %v with %q", welcomed, err, c.want, c.text)
			}
			if Permanent(err) != c.permanent {
				t.Errorf("Permanent(%v) = %v", err, !c.permanent)
			}
		})
	}
}

func TestWithinASession(t *testing.T) {
	after := func(play func(context.Context, *peer)) func(context.Context, *peer) {
		return func(ctx context.Context, p *peer) {
			p.admit(ctx, welcome())
			play(ctx, p)
			for p.next(ctx) != nil {
			}
		}
	}
	cases := map[string]struct {
		play func(context.Context, *peer)
		want error
	}{
		"oversized frame": {func(ctx context.Context, p *peer) {
			p.conn.Write(ctx, websocket.MessageText, make([]byte, wire.MaxWorkerMessage+1))
		}, wire.ErrTooLarge},
		"second welcome": {func(ctx context.Context, p *peer) { p.send(ctx, welcome()) }, ErrProtocol},
		"refusal then end": {func(ctx context.Context, p *peer) {
			p.send(ctx, wire.Refusal{Code: "jailed", Message: "stake too low"})
			p.conn.CloseNow()
		}, ErrRefused},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHandler()
			cl := client(t, serve(t, after(c.play)), h, nil)
			welcomed, err := cl.connect(t.Context())
			if !welcomed || !errors.Is(err, c.want) {
				t.Errorf("%v %v, want %v", welcomed, err, c.want)
			}
		})
	}
	t.Run("refusal of one message", func(t *testing.T) {
		h := newHandler()
		cl := client(t, serve(t, after(func(ctx context.Context, p *peer) {
			p.send(ctx, wire.Refusal{Code: "stale_fence", Message: "old token"})
			p.send(ctx, wire.Withdrawn{Job: job.ID{1}, Attempt: 1})
		})), h, nil)
		run(t, cl)
		await[wire.Withdrawn](t, h)
		if !cl.Connected() {
			t.Error("the refusal of one message ended the session")
		}
	})
}

func TestSilentCoordinatorIsLeft(t *testing.T) {
	c := serve(t, func(ctx context.Context, p *peer) {
		p.admit(ctx, wire.Welcome{Session: "s", HeartbeatSeconds: 1, OfflineSeconds: 1})
		for p.next(ctx) != nil {
		}
	})
	h := newHandler()
	_, err := client(t, c, h, nil).connect(t.Context())
	if !errors.Is(err, ErrSilent) {
		t.Errorf("%v, want ErrSilent", err)
	}
}

func TestFailFast(t *testing.T) {
	c := serve(t, func(ctx context.Context, p *peer) {
		p.send(ctx, wire.Refusal{Code: "not_registered", Message: "no such worker"})
		p.next(ctx)
	})
	cl := client(t, c, newHandler(), func(cfg *Config) { cfg.FailFast = true })
	if err := cl.Run(t.Context()); !errors.Is(err, ErrRefused) {
		t.Errorf("%v, want ErrRefused", err)
	}
	gone := client(t, c, newHandler(), func(cfg *Config) { cfg.FailFast = true; cfg.Worker = felt.Felt{} })
	if _, err := gone.connect(t.Context()); err == nil || Permanent(err) || !strings.Contains(err.Error(), "404") {
		t.Errorf("%v, want a passing error with the HTTP status", err)
	}
}

func TestBackoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := time.Duration(rapid.IntRange(1, 1000).Draw(t, "least"))
		most := least + time.Duration(rapid.IntRange(0, 100_000).Draw(t, "more"))
		b := newBackoff(least, most)
		base := least
		for range rapid.IntRange(1, 30).Draw(t, "n") {
			d := b.next()
			if d < base/2 || d > base {
				t.Fatalf("pause %v, want from %v to %v", d, base/2, base)
			}
			base = min(2*base, most)
		}
		b.jump()
		if d := b.next(); d < most/2 {
			t.Fatalf("after jump %v", d)
		}
		b.reset()
		if d := b.next(); d > least {
			t.Fatalf("after reset %v", d)
		}
	})
}

func TestHeartbeatIsCapped(t *testing.T) {
	for seconds, want := range map[int]time.Duration{-5: minHeartbeat, 0: minHeartbeat, 5: 5 * time.Second, 1 << 40: maxHeartbeat} {
		w := wire.Welcome{HeartbeatSeconds: seconds}
		if got := heartbeatEvery(w); got != want {
			t.Errorf("%d: %v, want %v", seconds, got, want)
		}
		if off := offlineAfter(w); off < 2*want {
			t.Errorf("%d: offline after %v", seconds, off)
		}
	}
}
