package hub_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/hub"
	"github.com/sage-network/sage-node/coordinator/internal/chainmodel"
	"github.com/sage-network/sage-node/coordinator/internal/testworker"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type desk struct {
	mu       sync.Mutex
	messages []wire.WorkerMessage
	arrived  chan wire.WorkerMessage
	keep     []wire.Holding
	refuse   error
	ready    chan felt.Felt
}

func (d *desk) note(m wire.WorkerMessage) error {
	d.mu.Lock()
	d.messages = append(d.messages, m)
	d.mu.Unlock()
	d.arrived <- m
	return d.refuse
}

func (d *desk) Joined(context.Context, wire.Auth, bindings.WorkerInfo) ([]wire.Holding, error) {
	return d.keep, d.refuse
}
func (d *desk) Ready(_ context.Context, w felt.Felt) { d.ready <- w }
func (d *desk) Left(context.Context, felt.Felt)      {}

func (d *desk) Heartbeat(context.Context, felt.Felt, wire.Heartbeat) int {
	return 3
}
func (d *desk) Declined(_ context.Context, _ felt.Felt, m wire.Declined) error { return d.note(m) }
func (d *desk) Progress(_ context.Context, _ felt.Felt, m wire.Progress) error { return d.note(m) }
func (d *desk) Result(_ context.Context, _ felt.Felt, m wire.ComputeResult) error {
	return d.note(m)
}
func (d *desk) Failed(_ context.Context, _ felt.Felt, m wire.Failed) error { return d.note(m) }

type fixture struct {
	ctx    context.Context
	hub    *hub.Hub
	desk   *desk
	chain  *chainmodel.Model
	server *httptest.Server
}

func start(t *testing.T, c hub.Config) *fixture {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	f := &fixture{ctx: ctx, desk: &desk{arrived: make(chan wire.WorkerMessage, 100), ready: make(chan felt.Felt, 100)}, chain: chainmodel.New(felt.Felt{}, 0)}
	c.Network = "test"
	f.hub = hub.New(c, f.chain, f.desk)
	mux := http.NewServeMux()
	mux.Handle("GET /worker/{address}", f.hub)
	f.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		f.hub.Close()
		f.server.Close()
		cancel()
	})
	return f
}

func (f *fixture) worker(address uint64) *testworker.Worker {
	w := testworker.New(address)
	f.chain.AddWorker(w.Address, w.Info())
	return w
}

func TestSession(t *testing.T) {
	f := start(t, hub.Config{Peers: func() []string { return []string{"/ip4/127.0.0.1/tcp/1"} }})
	f.desk.keep = []wire.Holding{{Job: job.ID{1}, Attempt: 2, Fence: 3, State: job.Proving}}
	w := f.worker(1)
	s, err := w.Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Conn.CloseNow()
	if s.Welcome.HeartbeatSeconds != 5 || s.Welcome.OfflineSeconds != 30 || len(s.Welcome.Keep) != 1 || len(s.Welcome.Peers) != 1 {
		t.Fatalf("welcome %+v", s.Welcome)
	}
	if got := <-f.desk.ready; got != w.Address || !f.hub.Connected(w.Address) {
		t.Fatal("the desk was not told")
	}
	if got, ok := f.hub.Authenticate(s.Welcome.Session); !ok || got != w.Address {
		t.Fatal("the token does not name the worker")
	}
	if _, ok := f.hub.Authenticate(s.Welcome.Session + "0"); ok {
		t.Fatal("another token does")
	}
	ack, err := s.Beat(f.ctx, "idle")
	if err != nil || ack.Timestamp != 7 || ack.QueuePosition != 3 {
		t.Fatalf("ack %+v, %v", ack, err)
	}
	sent := wire.Progress{Job: job.ID{1}, Attempt: 2, Fence: 3, State: job.Proving, Fraction: 0.5}
	if err := s.Send(f.ctx, sent); err != nil {
		t.Fatal(err)
	}
	if got := <-f.desk.arrived; got != sent {
		t.Fatalf("the desk got %+v", got)
	}
	if !f.hub.Send(w.Address, wire.Withdrawn{Job: job.ID{1}, Attempt: 2, Reason: "test"}) {
		t.Fatal("not sent")
	}
	if m, err := testworker.Await[wire.Withdrawn](f.ctx, s); err != nil || m.Reason != "test" {
		t.Fatalf("got %+v, %v", m, err)
	}
	if f.hub.Send(*new(felt.Felt).SetUint64(99), wire.Withdrawn{}) {
		t.Fatal("sent to nobody")
	}
}

func TestDeskRefuses(t *testing.T) {
	f := start(t, hub.Config{})
	s, err := f.worker(1).Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Conn.CloseNow()
	for _, c := range []struct {
		err  error
		code string
	}{
		{&hub.Refused{Code: hub.CodeStale, Err: errors.New("old")}, hub.CodeStale},
		{errors.New("secret detail"), hub.CodeInternal},
	} {
		f.desk.refuse = c.err
		if err := s.Send(f.ctx, wire.Failed{Reason: "x"}); err != nil {
			t.Fatal(err)
		}
		r, err := testworker.Await[wire.Refusal](f.ctx, s)
		if err != nil || r.Code != c.code || strings.Contains(r.Message, "secret") {
			t.Fatalf("refusal %+v, %v", r, err)
		}
	}
	if _, err := s.Beat(f.ctx, "idle"); err != nil {
		t.Fatalf("the session ended: %v", err)
	}
}

func TestHandshakeRefusals(t *testing.T) {
	f := start(t, hub.Config{})
	w := f.worker(1)
	other := f.worker(2)
	jailed := f.worker(3)
	info := jailed.Info()
	info.Status = bindings.WorkerStatusJailed
	f.chain.AddWorker(jailed.Address, info)
	unregistered := testworker.New(4)
	for _, c := range []struct {
		name   string
		worker *testworker.Worker
		change func(*wire.Auth, wire.Challenge)
		code   string
	}{
		{"another node key", func() *testworker.Worker { x := testworker.New(1); return x }(), func(*wire.Auth, wire.Challenge) {}, hub.CodeAuth},
		{"not registered", unregistered, func(*wire.Auth, wire.Challenge) {}, hub.CodeAuth},
		{"jailed", jailed, func(*wire.Auth, wire.Challenge) {}, hub.CodeIneligible},
		{"another address", w, func(a *wire.Auth, _ wire.Challenge) { a.Worker = wire.Felt(other.Address) }, hub.CodeAuth},
		{"another challenge", w, func(a *wire.Auth, c wire.Challenge) { c.Nonce[0] ^= 1; *a = w.Auth(c) }, hub.CodeAuth},
		{"another network", w, func(a *wire.Auth, c wire.Challenge) { c.Network = "other"; *a = w.Auth(c) }, hub.CodeAuth},
		{"changed manifest", w, func(a *wire.Auth, _ wire.Challenge) { a.Manifest.Tier = job.TierFrontier }, hub.CodeAuth},
		{"foreign manifest", w, func(a *wire.Auth, _ wire.Challenge) { a.Manifest = other.Manifest() }, hub.CodeAuth},
		{"changed signature", w, func(a *wire.Auth, _ wire.Challenge) { a.Signature[5] ^= 1 }, hub.CodeAuth},
		{"short key", w, func(a *wire.Auth, _ wire.Challenge) { a.NodeKey = a.NodeKey[:32] }, hub.CodeAuth},
		{"no payload key", w, func(a *wire.Auth, c wire.Challenge) {
			a.Manifest.PayloadKey = nil
			a.Manifest.Signature = wire.SignNode(w.Node, wire.ManifestDigest(a.Manifest))
			a.Signature = wire.SignNode(w.Node, wire.AuthDigest(c, a.Worker, a.Manifest))
		}, hub.CodeAuth},
		{"too much held", w, func(a *wire.Auth, _ wire.Challenge) { a.Holding = make([]wire.Holding, 65) }, hub.CodeAuth},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, challenge, err := c.worker.Dial(f.ctx, f.server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.CloseNow()
			auth := c.worker.Auth(challenge)
			c.change(&auth, challenge)
			if err := testworker.Send(f.ctx, conn, auth); err != nil {
				t.Fatal(err)
			}
			m, err := testworker.Receive(f.ctx, conn)
			r, ok := m.(wire.Refusal)
			if !ok || r.Code != c.code {
				t.Fatalf("answer %+v, %v; want code %s", m, err, c.code)
			}
			if _, err := testworker.Receive(f.ctx, conn); err == nil {
				t.Fatal("the connection is still open")
			}
		})
	}
}

// TestBadFrames: each ends the session with a refusal, and harms nobody else.
func TestBadFrames(t *testing.T) {
	f := start(t, hub.Config{})
	good, err := f.worker(50).Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer good.Conn.CloseNow()
	for i, c := range []struct {
		frame string
		code  string
	}{
		{`{"v":2,"type":"heartbeat","body":{}}`, hub.CodeVersion},
		{`{"v":1,"type":"heartbeat","body":{"extra":1}}`, hub.CodeMalformed},
		{`{"v":1,"type":"surprise","body":{}}`, hub.CodeMalformed},
		{`nonsense`, hub.CodeMalformed},
		{`{"v":1,"type":"heartbeat","body":{"models_loaded":["` + strings.Repeat("x", wire.MaxWorkerMessage) + `"]}}`, ""},
	} {
		s, err := f.worker(uint64(10+i)).Connect(f.ctx, f.server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Conn.Write(f.ctx, websocket.MessageText, []byte(c.frame)); err != nil {
			t.Fatal(err)
		}
		r, err := testworker.Await[wire.Refusal](f.ctx, s)
		if c.code == "" { // the frame was cut off: the close status says why
			if websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
				t.Errorf("frame %d: %+v, %v", i, r, err)
			}
		} else if err != nil || r.Code != c.code {
			t.Errorf("frame %d: %+v, %v; want %s", i, r, err, c.code)
		}
		s.Conn.CloseNow()
	}
	if _, err := good.Beat(f.ctx, "idle"); err != nil {
		t.Fatalf("another session suffered: %v", err)
	}
}

func TestWrongDirection(t *testing.T) {
	f := start(t, hub.Config{})
	s, err := f.worker(1).Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Conn.CloseNow()
	if err := s.Send(f.ctx, wire.Welcome{Session: "mine"}); err != nil {
		t.Fatal(err)
	}
	if r, err := testworker.Await[wire.Refusal](f.ctx, s); err != nil || r.Code != hub.CodeMalformed {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestReplacement(t *testing.T) {
	f := start(t, hub.Config{})
	w := f.worker(1)
	first, err := w.Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Conn.CloseNow()
	second, err := w.Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Conn.CloseNow()
	if r, err := testworker.Await[wire.Refusal](f.ctx, first); err != nil || r.Code != hub.CodeReplaced {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := testworker.Receive(f.ctx, first.Conn); err == nil {
		t.Fatal("the old connection is still open")
	}
	if _, err := second.Beat(f.ctx, "idle"); err != nil {
		t.Fatal(err)
	}
	if _, ok := f.hub.Authenticate(second.Welcome.Session); !ok {
		t.Fatal("the new token does not work")
	}
}

func TestRate(t *testing.T) {
	f := start(t, hub.Config{Rate: 1})
	s, err := f.worker(1).Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Conn.CloseNow()
	for range 20 {
		if s.Send(f.ctx, wire.Heartbeat{}) != nil {
			break
		}
	}
	if r, err := testworker.Await[wire.Refusal](f.ctx, s); err != nil || r.Code != hub.CodeRate {
		t.Fatalf("%+v, %v", r, err)
	}
}

// TestSlowReader: a worker that does not read is dropped when its queue is full; another one is served.
func TestSlowReader(t *testing.T) {
	f := start(t, hub.Config{Queue: 4, Write: 200 * time.Millisecond})
	slow, fast := f.worker(1), f.worker(2)
	s, err := slow.Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Conn.CloseNow()
	quick, err := fast.Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer quick.Conn.CloseNow()
	big := wire.Withdrawn{Reason: strings.Repeat("x", wire.MaxWorkerMessage/2)}
	for f.hub.Send(slow.Address, big) {
	}
	for f.hub.Connected(slow.Address) {
		if f.ctx.Err() != nil {
			t.Fatal("the slow reader was not dropped")
		}
		if _, err := quick.Beat(f.ctx, "idle"); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := f.hub.Authenticate(s.Welcome.Session); ok {
		t.Fatal("its token still works")
	}
}

func TestSilence(t *testing.T) {
	f := start(t, hub.Config{Offline: 50 * time.Millisecond})
	s, err := f.worker(1).Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Conn.CloseNow()
	if _, err := testworker.Receive(f.ctx, s.Conn); err == nil {
		t.Fatal("a silent session lives")
	}
}

func TestLimits(t *testing.T) {
	f := start(t, hub.Config{Sessions: 1})
	s, err := f.worker(1).Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Conn.CloseNow()
	if _, err := f.worker(2).Connect(f.ctx, f.server.URL); err == nil || !strings.Contains(err.Error(), "503") {
		t.Fatalf("a session over the limit: %v", err)
	}
	r, err := http.Get(f.server.URL + "/worker/nobody")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if r.StatusCode != http.StatusBadRequest {
		t.Fatalf("status %s", r.Status)
	}
}

// TestOneSourceHasItsShare: one network address cannot take the places of others.
func TestOneSourceHasItsShare(t *testing.T) {
	f := start(t, hub.Config{PerSource: 1, SourceOf: func(r *http.Request) string {
		if strings.HasSuffix(r.URL.Path, "3") {
			return "another"
		}
		return "one"
	}})
	first, err := f.worker(1).Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Conn.CloseNow()
	if _, err := f.worker(2).Connect(f.ctx, f.server.URL); err == nil || !strings.Contains(err.Error(), "429") {
		t.Fatalf("a second session of one source: %v", err)
	}
	other, err := f.worker(3).Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	other.Conn.CloseNow()
	first.Conn.CloseNow()
	for { // the place is free once the hub has noticed
		again, err := f.worker(2).Connect(f.ctx, f.server.URL)
		if err == nil {
			again.Conn.CloseNow()
			return
		}
		if f.ctx.Err() != nil {
			t.Fatalf("the place stays taken: %v", err)
		}
	}
}

// TestSilentConnectionsHoldUpNobody: who connects and says nothing takes no turn of those who do.
func TestSilentConnectionsHoldUpNobody(t *testing.T) {
	f := start(t, hub.Config{Handshakes: 1})
	for n := range 3 {
		silent, _, err := websocket.Dial(f.ctx, f.server.URL+"/worker/"+f.worker(uint64(10+n)).Address.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer silent.CloseNow()
		if _, _, err := silent.Read(f.ctx); err != nil { // the challenge
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(f.ctx, 5*time.Second) // less than a handshake may take
	defer cancel()
	s, err := f.worker(1).Connect(ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	s.Conn.CloseNow()
}

func TestClose(t *testing.T) {
	f := start(t, hub.Config{})
	s, err := f.worker(1).Connect(f.ctx, f.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Conn.CloseNow()
	f.hub.Close()
	f.hub.Close()
	if _, err := testworker.Receive(f.ctx, s.Conn); err == nil {
		t.Fatal("a session outlived the hub")
	}
}
