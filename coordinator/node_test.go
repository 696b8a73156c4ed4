package coordinator_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator"
	"github.com/sage-network/sage-node/coordinator/api"
	"github.com/sage-network/sage-node/coordinator/blob"
	"github.com/sage-network/sage-node/coordinator/client"
	"github.com/sage-network/sage-node/coordinator/faucet"
	"github.com/sage-network/sage-node/coordinator/internal/chainmodel"
	"github.com/sage-network/sage-node/coordinator/internal/testworker"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/coordinator/store/sqlite"
	"github.com/sage-network/sage-node/coordinator/store/storetest"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a coordinator on loopback that can be stopped and started.
type site struct {
	*testing.T
	ctx    context.Context
	dir    string
	clock  *storetest.Clock
	chain  *chainmodel.Model
	client *client.Client
	key    api.Key
	url    string
	stop   func()
}

func newSite(t *testing.T) *site {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	s := &site{T: t, ctx: ctx, dir: t.TempDir(), clock: storetest.NewClock(), chain: chainmodel.New(storetest.Felt(0xacc), 1_000_000_000_000_000_000)}
	var err error
	if s.key, err = api.LoadOrCreateKey(filepath.Join(s.dir, "api.key")); err != nil {
		t.Fatal(err)
	}
	s.start()
	t.Cleanup(func() {
		s.stop()
		cancel()
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

func (s *site) start() {
	s.Helper()
	db, err := sqlite.Open(s.ctx, filepath.Join(s.dir, "coordinator.db"), sqlite.WithClock(s.clock.Now), sqlite.WithoutSync())
	if err != nil {
		s.Fatal(err)
	}
	blobs, err := blob.OpenFolder(filepath.Join(s.dir, "blobs"))
	if err != nil {
		s.Fatal(err)
	}
	node, err := coordinator.New(coordinator.Config{
		Network: "test", Store: db, Chain: s.chain, Blobs: blobs, Key: s.key, FaucetLimits: &faucet.Limits{Window: time.Hour, PerAddress: 1, PerSource: 3},
		DefaultPrice: 2_500_000_000, MaxHedges: 1, Poll: 20 * time.Millisecond, Tasks: settle.RunnerConfig{Look: 10 * time.Millisecond}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		s.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	s.url = "http://" + listener.Addr().String()
	s.client = client.New(s.url, s.key)
	ctx, cancel := context.WithCancel(s.ctx)
	ended := make(chan error, 1)
	go func() { ended <- node.Run(ctx, listener) }()
	s.stop = func() {
		s.client.Close()
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			s.Error(err)
		}
		if err := db.Close(); err != nil {
			s.Error(err)
		}
		s.stop = func() {}
	}
}

// until polls a condition; the test's deadline ends it.
func (s *site) until(what string, condition func() bool) {
	s.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-s.ctx.Done():
			s.Fatalf("waiting for %s: %v", what, s.ctx.Err())
		case <-tick.C:
		}
	}
}

func (s *site) state(id job.ID) string {
	s.Helper()
	j, err := s.client.Job(s.ctx, id)
	if err != nil {
		s.Fatal(err)
	}
	return j.State
}

func (s *site) submit(r api.SubmitRequest) job.ID {
	s.Helper()
	r.Rows, r.Inner, r.Columns = 8, 8, 8
	j, err := s.client.Submit(s.ctx, r)
	if err != nil {
		s.Fatal(err)
	}
	id, err := job.ParseID(j.ID)
	if err != nil {
		s.Fatal(err)
	}
	return id
}

func (s *site) worker(address uint64) *testworker.Worker {
	w := testworker.New(address)
	s.chain.AddWorker(w.Address, w.Info())
	return w
}

func (s *site) keyText() string { return strings.TrimPrefix(s.key.Header(), "Bearer ") }

// request sends a raw HTTP request and returns status and body.
func (s *site) request(method, path, token, body string) (int, string) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" && strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer answer.Body.Close()
	b := make([]byte, 1<<16)
	n, _ := answer.Body.Read(b)
	return answer.StatusCode, string(b[:n])
}

// work computes C and what the worker says of it.
type work struct {
	result []byte
	root   job.Hash
	proof  []byte
}

func compute(t *testing.T, seed job.Hash) work {
	a, b, err := prover.Expand(seed, 8, 8, 8)
	if err != nil {
		t.Fatal(err)
	}
	c := prover.Matrix{Rows: 8, Columns: 8, Data: make([]uint32, 64)}
	for i := range 8 {
		for j := range 8 {
			var sum uint64
			for k := range 8 {
				sum = (sum + uint64(a.Data[8*i+k])*uint64(b.Data[8*k+j])) % (1<<31 - 1)
			}
			c.Data[8*i+j] = uint32(sum)
		}
	}
	w := work{proof: []byte("a proof of " + seed.String())}
	for _, v := range c.Data {
		w.result = binary.LittleEndian.AppendUint32(w.result, v)
	}
	root, err := prover.CommitResult(t.Context(), 3, c)
	if err != nil {
		t.Fatal(err)
	}
	w.root = root
	return w
}

func hashOf(b []byte) job.Hash { return blake3.Sum256(b) }

func (s *site) upload(session *testworker.Session, u wire.Upload, content []byte) (int, string) {
	s.Helper()
	return s.request("PUT", "/v1/blobs/"+hashOf(content).String()+"?"+u.Query(), session.Welcome.Session, string(content))
}

func (s *site) connect(w *testworker.Worker, holding ...wire.Holding) *testworker.Session {
	s.Helper()
	session, err := w.Connect(s.ctx, s.url, holding...)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { session.Conn.CloseNow() })
	return session
}

func (s *site) offer(session *testworker.Session) (wire.Offer, job.Spec) {
	s.Helper()
	o, err := testworker.Await[wire.Offer](s.ctx, session)
	if err != nil {
		s.Fatal(err)
	}
	p, err := session.Open(o)
	if err != nil {
		s.Fatal(err)
	}
	return o, p.Spec
}

// deliver uploads and submits.
func (s *site) deliver(session *testworker.Session, o wire.Offer, w work) {
	s.Helper()
	u := wire.Upload{Kind: wire.BlobResult, Job: o.Job, Attempt: o.Attempt, Fence: o.Fence, Commitment: w.root}
	if status, text := s.upload(session, u, w.result); status != http.StatusCreated {
		s.Fatalf("result: %d %s", status, text)
	}
	u.Kind = wire.BlobProof
	if status, text := s.upload(session, u, w.proof); status != http.StatusCreated {
		s.Fatalf("proof: %d %s", status, text)
	}
	if err := s.chain.Submit(o.Job, o.Attempt, w.root, hashOf(w.proof), hashOf(w.result)); err != nil {
		s.Fatal(err)
	}
}

func TestOneJob(t *testing.T) {
	s := newSite(t)
	seed := job.Hash{9}
	id := s.submit(api.SubmitRequest{Seed: seed.String(), Price: "1.25", IdempotencyKey: "a"})
	again := s.submit(api.SubmitRequest{Seed: seed.String(), Price: "1.25", IdempotencyKey: "a"})
	if id != again {
		t.Fatalf("jobs %s and %s of one idempotency key", id, again)
	}
	if _, err := s.client.Submit(s.ctx, api.SubmitRequest{Rows: 9, Inner: 8, Columns: 8, Seed: seed.String(), IdempotencyKey: "a"}); !errors.Is(err, client.ErrRefused) {
		t.Fatalf("another order with the same key: %v", err)
	}
	w := s.worker(1)
	session := s.connect(w)
	o, spec := s.offer(session)
	if o.Job != id || o.Attempt != 1 || spec.Input.Seed != seed {
		t.Fatalf("offer %+v, spec %+v", o, spec)
	}
	if _, err := s.client.Proof(s.ctx, id); !errors.Is(err, client.ErrNotFound) {
		t.Fatalf("a proof before the submission: %v", err)
	}
	done := compute(t, spec.Input.Seed)
	u := wire.Upload{Kind: wire.BlobResult, Job: id, Attempt: 1, Fence: o.Fence, Commitment: done.root}
	if status, text := s.upload(session, u, done.result); status != http.StatusTooManyRequests {
		t.Errorf("an upload before the acceptance: %d %s", status, text)
	}
	if err := s.chain.Accept(id, 1); err != nil { // uploads may begin before the coordinator has seen it
		t.Fatal(err)
	}
	stale, foreign, wrong := u, u, u
	stale.Fence++
	foreign.Attempt++
	wrong.Commitment[0] ^= 1
	for _, c := range []struct {
		name    string
		upload  wire.Upload
		content []byte
		status  int
	}{
		{"stale fence", stale, done.result, http.StatusConflict},
		{"no such attempt", foreign, done.result, http.StatusNotFound},
		{"wrong commitment", wrong, done.result, http.StatusUnprocessableEntity},
		{"short result", u, done.result[:252], http.StatusUnprocessableEntity},
		{"no field elements", u, []byte(strings.Repeat("\xff", 256)), http.StatusUnprocessableEntity},
	} {
		if status, text := s.upload(session, c.upload, c.content); status != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, status, text, c.status)
		}
	}
	other := s.connect(s.worker(2))
	if status, _ := s.upload(other, u, done.result); status != http.StatusConflict {
		t.Errorf("another worker's upload: %d", status)
	}
	if status, _ := s.request("PUT", "/v1/blobs/"+hashOf(done.proof).String()+"?"+u.Query(), session.Welcome.Session, string(done.result)); status != http.StatusUnprocessableEntity {
		t.Errorf("content under another hash: %d", status)
	}
	if status, _ := s.request("PUT", "/v1/blobs/"+hashOf(done.result).String()+"?"+u.Query(), "nonsense", string(done.result)); status != http.StatusUnauthorized {
		t.Errorf("upload without a session: %d", status)
	}
	s.until("ACCEPTED", func() bool { return s.state(id) == "ACCEPTED" })
	if err := session.Send(s.ctx, wire.Progress{Job: id, Attempt: 1, Fence: o.Fence, State: job.Proving, Phase: "fri", Fraction: 0.5}); err != nil {
		t.Fatal(err)
	}
	s.until("PROVING", func() bool { return s.state(id) == "PROVING" })
	if status, text := s.upload(session, u, done.result); status != http.StatusCreated {
		t.Fatalf("result: %d %s", status, text)
	}
	if status, _ := s.request("GET", "/v1/blobs/"+hashOf(done.result).String(), "", ""); status != http.StatusNotFound {
		t.Fatalf("a result before its submission: %d", status)
	}
	s.deliver(session, o, done)
	// At once, also before the coordinator has seen the submission.
	if status, text := s.request("GET", "/v1/blobs/"+hashOf(done.result).String(), "", ""); status != http.StatusOK || text != string(done.result) {
		t.Fatalf("a submitted result: %d", status)
	}
	r := wire.ComputeResult{
		TaskID: id, Attempt: 1, Fence: o.Fence, Worker: wire.Felt(w.Address), ResultHash: hashOf(done.result), ResultCommitment: done.root,
		ProofHash: hashOf(done.proof), Transaction: wire.Felt(storetest.Felt(0x5b)),
	}
	if err := session.Send(s.ctx, r); err != nil { // not signed
		t.Fatal(err)
	}
	if refusal, err := testworker.Await[wire.Refusal](s.ctx, session); err != nil || refusal.Code != "refused" {
		t.Fatalf("an unsigned result: %+v, %v", refusal, err)
	}
	r.Signature = wire.SignNode(w.Node, wire.ResultDigest(r))
	if err := session.Send(s.ctx, r); err != nil {
		t.Fatal(err)
	}
	s.until("VOTING", func() bool { return s.state(id) == "VOTING" })
	if err := s.chain.Certify(id, 1, bindings.VerdictValid); err != nil {
		t.Fatal(err)
	}
	s.chain.Advance(11)
	s.until("PAID", func() bool { return s.state(id) == "PAID" })
	settled, err := testworker.Await[wire.Settled](s.ctx, session)
	if err != nil || settled.State != job.Paid || settled.Transaction.IsZero() {
		t.Fatalf("settled %+v, %v", settled, err)
	}
	if got := s.chain.Credited(w.Address); got != 1_250_000_000 {
		t.Fatalf("credited %d units", got)
	}
	if proof, err := s.client.Proof(s.ctx, id); err != nil || string(proof) != string(done.proof) {
		t.Fatalf("proof %q, %v", proof, err)
	}
	if result, err := s.client.Result(s.ctx, id); err != nil || string(result) != string(done.result) {
		t.Fatalf("result of %d bytes, %v", len(result), err)
	}
	j, err := s.client.Job(s.ctx, id)
	if err != nil || j.Price != "1.25" || j.Attempts[0].SubmitTx != "0x5b" || j.Attempts[0].SettleTx == "" || j.CreateTx == "" {
		t.Fatalf("job %+v, %v", j, err)
	}
	s.checkEvents(id)
	if err := s.chain.Check(); err != nil {
		t.Fatal(err)
	}
}

// checkEvents reads the stream of a closed job: it tells the whole way, and never the price.
func (s *site) checkEvents(id job.ID) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.ctx, "GET", s.url+"/v1/jobs/"+id.String()+"/events", nil)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Authorization", s.key.Header())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer answer.Body.Close()
	var all strings.Builder
	if _, err := io.Copy(&all, answer.Body); err != nil { // it ends, since the job is closed
		s.Fatal(err)
	}
	text := all.String()
	at := 0
	for _, state := range []string{"ASSIGNED", "FUNDED", "ACCEPTED", "PROVING", "SUBMITTED", "VOTING", "CHALLENGE", "APPROVED", "PAID"} {
		i := strings.Index(text[at:], `"to":"`+state+`"`)
		if i < 0 {
			s.Fatalf("no %s in its place among the events:\n%s", state, text)
		}
		at += i
	}
	if strings.Contains(text, "1.25") || strings.Contains(text, "1250000000") {
		s.Fatalf("the price shows among the events:\n%s", text)
	}
}

// TestRestart stops the coordinator in mid-proof; the worker comes back with what it holds, and
// everything ends well.
func TestRestart(t *testing.T) {
	s := newSite(t)
	id := s.submit(api.SubmitRequest{})
	w := s.worker(1)
	session := s.connect(w)
	o, spec := s.offer(session)
	if err := s.chain.Accept(id, 1); err != nil {
		t.Fatal(err)
	}
	s.until("ACCEPTED", func() bool { return s.state(id) == "ACCEPTED" })
	s.stop()
	s.clock.Advance(time.Hour) // longer than any lease
	s.start()
	session = s.connect(w, wire.Holding{Job: id, Attempt: 1, Fence: o.Fence, State: job.Proving}, wire.Holding{Job: job.ID{7}, Attempt: 1, Fence: 1})
	if keep := session.Welcome.Keep; len(keep) != 1 || keep[0].Job != id || keep[0].Fence != o.Fence {
		t.Fatalf("kept %+v", keep)
	}
	s.deliver(session, o, compute(t, spec.Input.Seed))
	if err := s.chain.Certify(id, 1, bindings.VerdictValid); err != nil {
		t.Fatal(err)
	}
	s.chain.Advance(11)
	s.until("PAID", func() bool { return s.state(id) == "PAID" })
	if n := s.chain.Locked(bindings.EscrowStatusReleased); n != 1 {
		t.Fatalf("%d payments", n)
	}
}

// TestSilentWorkerIsReplaced: thirty seconds of silence after acceptance bring a hedge; the old token is
// refused; the first worker, when it comes back, gets a new token and may still finish.
func TestSilentWorkerIsReplaced(t *testing.T) {
	s := newSite(t)
	id := s.submit(api.SubmitRequest{})
	first := s.worker(1)
	session := s.connect(first)
	o, spec := s.offer(session)
	if err := s.chain.Accept(id, 1); err != nil {
		t.Fatal(err)
	}
	s.until("ACCEPTED", func() bool { return s.state(id) == "ACCEPTED" })
	session.Conn.CloseNow()
	s.clock.Advance(31 * time.Second)
	second := s.worker(2)
	replacement := s.connect(second)
	hedge, _ := s.offer(replacement)
	if hedge.Job != id || hedge.Attempt != 2 || hedge.Fence <= o.Fence {
		t.Fatalf("hedge %+v", hedge)
	}
	back := s.connect(first, wire.Holding{Job: id, Attempt: 1, Fence: o.Fence, State: job.Proving})
	if len(back.Welcome.Keep) != 1 || back.Welcome.Keep[0].Fence <= hedge.Fence {
		t.Fatalf("kept %+v", back.Welcome.Keep)
	}
	done := compute(t, spec.Input.Seed)
	if status, _ := s.upload(back, wire.Upload{Kind: wire.BlobProof, Job: id, Attempt: 1, Fence: o.Fence}, done.proof); status != http.StatusConflict {
		t.Fatalf("an upload with the old token: %d", status)
	}
	if err := s.chain.Accept(id, 2); err != nil {
		t.Fatal(err)
	}
	s.deliver(replacement, hedge, done)
	o.Fence = back.Welcome.Keep[0].Fence
	s.deliver(back, o, done)
	for n := uint32(1); n <= 2; n++ {
		if err := s.chain.Certify(id, n, bindings.VerdictValid); err != nil {
			t.Fatal(err)
		}
	}
	s.chain.Advance(11)
	s.until("both payments", func() bool { return s.chain.Locked(bindings.EscrowStatusReleased) == 2 })
	s.until("PAID", func() bool { return s.state(id) == "PAID" })
	if s.chain.Sent["release"] != 2 || s.chain.Sent["fund"] != 2 {
		t.Fatalf("sent %v", s.chain.Sent)
	}
}

func TestDeclinedGoesToAnother(t *testing.T) {
	s := newSite(t)
	id := s.submit(api.SubmitRequest{Synthetic: true})
	a := s.connect(s.worker(1))
	o, spec := s.offer(a)
	b := s.connect(s.worker(2))
	if err := a.Send(s.ctx, wire.Declined{Job: id, Attempt: o.Attempt, Fence: o.Fence, Reason: "too cheap\x1b[31m"}); err != nil {
		t.Fatal(err)
	}
	o2, spec2 := s.offer(b)
	if o2.Job != id || o2.Attempt != 2 || spec.Hash() != spec2.Hash() || spec.Input.Kind != job.InputSynthetic {
		t.Fatalf("second offer %+v", o2)
	}
	one, _ := s.chain.Attempt(s.ctx, id, 1)
	two, _ := s.chain.Attempt(s.ctx, id, 2)
	block, _ := s.chain.BlockHash(s.ctx, spec.Input.SeedBlock)
	x, y, err := prover.Expand(job.SyntheticSeed(block, b.Address), 8, 8, 8)
	if err != nil {
		t.Fatal(err)
	}
	want, err := prover.CommitInput(t.Context(), x, y)
	if err != nil || [32]byte(two.InputCommitment) != want || one.InputCommitment == two.InputCommitment {
		t.Fatalf("input of the second worker %x, want %x, %v", two.InputCommitment, want, err)
	}
	explained, err := s.client.Explain(s.ctx, id)
	if err != nil || len(explained) != 2 || !strings.Contains(explained[0].Reason, "had an attempt") {
		t.Fatalf("explanation %+v, %v", explained, err)
	}
}

func TestUploadedInput(t *testing.T) {
	s := newSite(t)
	a, b, err := prover.Expand(job.Hash{3}, 8, 8, 8)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := a.MarshalBinary()
	y, _ := b.MarshalBinary()
	hash, err := s.client.PutInput(s.ctx, wire.JoinInput(x, y))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.Submit(s.ctx, api.SubmitRequest{Rows: 8, Inner: 8, Columns: 9, Blob: hash}); !errors.Is(err, client.ErrRefused) || !strings.Contains(err.Error(), "8×9") {
		t.Fatalf("an input of another size: %v", err)
	}
	s.submit(api.SubmitRequest{Blob: hash})
	session := s.connect(s.worker(1))
	s.offer(session)
	if status, _ := s.request("GET", "/v1/blobs/"+hash, session.Welcome.Session, ""); status != http.StatusOK {
		t.Fatalf("the holder's download: %d", status)
	}
	other := s.connect(s.worker(2))
	for _, token := range []string{"", "x", other.Welcome.Session} {
		if status, _ := s.request("GET", "/v1/blobs/"+hash, token, ""); status != http.StatusNotFound {
			t.Fatalf("somebody else's download: %d", status)
		}
	}
}

func TestOwnerOnly(t *testing.T) {
	s := newSite(t)
	id := s.submit(api.SubmitRequest{}).String()
	for _, path := range []string{"/v1/jobs", "/v1/jobs/" + id, "/v1/jobs/" + id + "/events", "/v1/jobs/" + id + "/proof", "/v1/jobs/" + id + "/explain", "/v1/workers", "/v1/funds"} {
		for _, token := range []string{"", "wrong"} {
			if status, text := s.request("GET", path, token, ""); status != http.StatusUnauthorized || strings.Contains(text, "2.5") {
				t.Errorf("%s with token %q: %d %s", path, token, status, text)
			}
		}
	}
	if status, _ := s.request("POST", "/v1/jobs", "", `{"rows":8,"inner":8,"columns":8}`); status != http.StatusUnauthorized {
		t.Errorf("submission without a key: %d", status)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, text := s.request("GET", path, "", ""); status != http.StatusOK || !strings.Contains(text, `"status":"ok"`) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if status, text := s.request("GET", "/openapi.json", "", ""); status != http.StatusOK || !strings.Contains(text, "submit-job") {
		t.Errorf("OpenAPI: %d", status)
	}
}

// TestNotReadyWithoutFunds: it still runs, and says that it cannot pay.
func TestNotReadyWithoutFunds(t *testing.T) {
	s := newSite(t)
	s.stop()
	s.chain = chainmodel.New(storetest.Felt(0xacc), 0)
	s.start()
	s.until("503", func() bool {
		status, text := s.request("GET", "/readyz", "", "")
		return status == http.StatusServiceUnavailable && strings.Contains(text, "out of SAGE")
	})
	if status, text := s.request("GET", "/healthz", "", ""); status != http.StatusOK || !strings.Contains(text, "out of SAGE") {
		t.Errorf("health: %d %s", status, text)
	}
}

func TestFunds(t *testing.T) {
	s := newSite(t)
	f, err := s.client.Funds(s.ctx)
	if err != nil || f.Level != "ok" || f.Public != "0" || f.Private == "0" || f.Payer == "" {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestBadRequests(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		change func(*api.SubmitRequest)
		want   string
	}{
		{func(r *api.SubmitRequest) { r.Rows = 0 }, "rows"},
		{func(r *api.SubmitRequest) { r.Columns = 2000 }, "columns"},
		{func(r *api.SubmitRequest) { r.Rows, r.Inner, r.Columns = 4, 4, 4 }, "at least 8"},
		{func(r *api.SubmitRequest) { r.Type = "inference" }, "type"},
		{func(r *api.SubmitRequest) { r.Seed = "12" }, "hash"},
		{func(r *api.SubmitRequest) { r.Seed, r.Synthetic = job.Hash{}.String(), true }, "exclude"},
		{func(r *api.SubmitRequest) { r.Price = "-1" }, "amount"},
		{func(r *api.SubmitRequest) { r.Price = "0.0000000001" }, "multiples"},
		{func(r *api.SubmitRequest) { r.Price = "0" }, "zero"},
		{func(r *api.SubmitRequest) { r.MinTier = "abacus" }, "abacus"},
		{func(r *api.SubmitRequest) { r.Blob = job.Hash{1}.String() }, "not found"},
	} {
		r := api.SubmitRequest{Rows: 8, Inner: 8, Columns: 8}
		c.change(&r)
		if _, err := s.client.Submit(s.ctx, r); !errors.Is(err, client.ErrRefused) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", r, err, c.want)
		}
	}
	if _, err := s.client.Job(s.ctx, job.ID{1}); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("an unknown job: %v", err)
	}
	for path, want := range map[string]int{"0x1": http.StatusNotFound, "x": http.StatusBadRequest} {
		if status, _ := s.request("GET", "/v1/jobs/"+path+"/events", s.keyText(), ""); status != want {
			t.Errorf("events of %s: %d, want %d", path, status, want)
		}
	}
	if _, err := s.client.Jobs(s.ctx, "NONSENSE", "", 1); !errors.Is(err, client.ErrRefused) {
		t.Errorf("an unknown state: %v", err)
	}
	if _, err := s.client.Jobs(s.ctx, "", "garbage!", 1); !errors.Is(err, client.ErrRefused) {
		t.Errorf("a bad cursor: %v", err)
	}
}

func TestLists(t *testing.T) {
	s := newSite(t)
	want := map[string]bool{}
	for range 5 {
		want[s.submit(api.SubmitRequest{}).String()] = true
	}
	cursor := ""
	for {
		page, err := s.client.Jobs(s.ctx, "QUEUED", cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range page.Items {
			if !want[j.ID] {
				t.Fatalf("job %s twice", j.ID)
			}
			delete(want, j.ID)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(want) != 0 {
		t.Fatalf("missing %v", want)
	}
	s.connect(s.worker(1))
	workers, err := s.client.Workers(s.ctx, "")
	if err != nil || len(workers.Items) != 1 || !workers.Items[0].Online || workers.Items[0].Tier != "Consumer" {
		t.Fatalf("workers %+v, %v", workers, err)
	}
}

func TestCancelOverHTTP(t *testing.T) {
	s := newSite(t)
	id := s.submit(api.SubmitRequest{})
	if _, err := s.client.Cancel(s.ctx, id); err != nil {
		t.Fatal(err)
	}
	s.until("CANCELLED", func() bool { return s.state(id) == "CANCELLED" })
}

func TestFaucetOverHTTP(t *testing.T) {
	s := newSite(t)
	ask := func(address string) int {
		status, _ := s.request("POST", "/faucet", "", `{"address":"`+address+`"}`)
		return status
	}
	for _, c := range []struct {
		address string
		status  int
	}{
		{"0x1001", http.StatusOK}, {"0x1001", http.StatusTooManyRequests}, {"0x1002", http.StatusOK}, {"0x1003", http.StatusOK},
		{"0x1004", http.StatusTooManyRequests}, {"0x0", http.StatusUnprocessableEntity}, {"hello", http.StatusBadRequest},
	} {
		if got := ask(c.address); got != c.status {
			t.Errorf("%s: %d, want %d", c.address, got, c.status)
		}
	}
}

var _ coordinator.Chain = (*chainmodel.Model)(nil)
