package executor

import (
	"context"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"testing"
	"time"

	"crypto/ecdh"

	"github.com/NethermindEth/juno/core/felt"
	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/identity"
	"github.com/sage-network/sage-node/worker/journal"
	"github.com/sage-network/sage-node/worker/policy"
)

var (
	me      = *new(felt.Felt).SetUint64(0xabc)
	chainID = *new(felt.Felt).SetUint64(0x534e)
	jobs    = *new(felt.Felt).SetUint64(0x10b5)
	escrow  = *new(felt.Felt).SetUint64(0xe5c)
)

// errCrash is what every port returns after the simulated kill.
var errCrash = errors.New("killed")

// crash kills a worker at a chosen operation: before its effect or after it, when the caller does not
// learn of it any more.
type crash struct {
	mu   sync.Mutex
	at   int // 0: never
	n    int
	dead bool
	kill func()
}

// do performs an operation unless the worker is dead.
func (c *crash) do(effect func() error) error {
	c.mu.Lock()
	if c.dead {
		c.mu.Unlock()
		return errCrash
	}
	c.n += 2 // an instant before and one after
	before, after := c.n-1 == c.at, c.n == c.at
	if before || after {
		c.dead = true
	}
	c.mu.Unlock()
	if before {
		c.kill()
		return errCrash
	}
	err := effect()
	if after {
		c.kill()
		return errCrash
	}
	return err
}

// world is what outlives a worker: the chain, the coordinator's store, the worker's disk.
type world struct {
	mu sync.Mutex
	t  *testing.T

	// Chain.
	now       uint64
	view      View
	standing  policy.Standing
	units     uint64
	escrowErr error
	readErr   error            // reads of the chain fail
	sendErr   map[string]error // sends fail by name, before their effect
	sent      map[string]int   // effects by name
	tried     map[string]int   // calls by name
	onSubmit  func(*View)      // what others do after the submission
	blockHash felt.Felt

	// Disk.
	records map[string]journal.Record
	blobs   map[job.Hash][]byte

	// Coordinator.
	depot    map[job.Hash][]byte
	depotErr error
	messages []wire.WorkerMessage
	told     chan struct{} // a token per message, dropped when full

	// Computation.
	compute func(phase string) error // called at each phase
	proofs  int
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, now: 1_000, units: 5_000_000_000, sendErr: map[string]error{}, sent: map[string]int{}, tried: map[string]int{},
		records: map[string]journal.Record{}, blobs: map[job.Hash][]byte{}, depot: map[job.Hash][]byte{}, told: make(chan struct{}, 10_000),
		standing: policy.Standing{Eligible: true, Status: "Active", Active: amount.SAGE(1_000), Bonded: new(big.Int), MinStake: amount.SAGE(1_000)},
	}
	w.fund(spec())
	w.onSubmit = func(v *View) { v.State, v.Released = StateApproved, true }
	return w
}

func spec() job.Spec { return job.NewMatmul(8, job.Hash{7}) }

var theKey = Key{job.ID{1}, 1}

// fund puts the attempt on-chain as an honest coordinator does.
func (w *world) fund(s job.Spec) {
	seed := s.Input.Seed
	if s.Input.Kind == job.InputSynthetic {
		seed = job.SyntheticSeed(w.blockHash, me)
	}
	a, b, err := prover.Expand(seed, int(s.Rows), int(s.Inner), int(s.Columns))
	if err != nil {
		w.t.Fatal(err)
	}
	terms := job.Terms{
		Job: theKey.Job, Attempt: theKey.Attempt, Worker: me, SpecHash: s.Hash(), InputCommitment: root(a, b),
		AIR: job.AIRMatmul, AIRVersion: job.AIRMatmulVersion, K: s.K(), Rows: s.Rows, Inner: s.Inner, Columns: s.Columns,
		VerifierVersion: job.VerifierVersion, EscrowHash: escrow, AuditorEpoch: 1,
		Windows:    job.Windows{Accept: 100, Submit: 600, Decide: 100, Challenge: 100, Appeal: 100},
		PenaltyCap: amount.SAGE(50), Delivery: s.Delivery,
	}
	w.view = View{
		State: StateFunded, Deadline: w.now + terms.Windows.Accept, Terms: terms, TermsHash: terms.Hash(), MinTier: s.MinTier,
		Synthetic: s.Input.Kind == job.InputSynthetic, SeedBlock: s.Input.SeedBlock,
	}
}

func root(ms ...prover.Matrix) job.Hash {
	h := sha256.New()
	for _, m := range ms {
		binary.Write(h, binary.LittleEndian, m.Data)
	}
	return job.Hash(h.Sum(nil))
}

func (w *world) lock() func() { w.mu.Lock(); return w.mu.Unlock }

func (w *world) change(f func()) { defer w.lock()(); f() }

func (w *world) stored() journal.Record {
	defer w.lock()()
	return w.records[theKey.String()]
}

func (w *world) count(name string) int { defer w.lock()(); return w.sent[name] }

// life is one run of a worker in a world.
type life struct {
	*world
	crash
}

func (l *life) View(_ context.Context, k Key) (v View, err error) {
	err = l.do(func() error {
		defer l.lock()()
		if l.readErr != nil {
			return l.readErr
		}
		if k != theKey {
			v = View{Now: l.now}
			return nil
		}
		v = l.view
		v.Now = l.now
		return nil
	})
	return v, err
}

func (l *life) Standing(context.Context, job.Tier, bool) (s policy.Standing, err error) {
	err = l.do(func() error { defer l.lock()(); s = l.standing; return nil })
	return s, err
}

func (l *life) BlockHash(_ context.Context, n uint64) (h felt.Felt, err error) {
	err = l.do(func() error { defer l.lock()(); h = l.blockHash; return nil })
	return h, err
}

// send is a transaction: at most one takes effect, the contract refuses the others.
func (l *life) send(name string, from AttemptState, effect func()) (tx felt.Felt, err error) {
	err = l.do(func() error {
		defer l.lock()()
		l.tried[name]++
		if err := l.sendErr[name]; err != nil {
			return err
		}
		if l.view.State != from {
			return fmt.Errorf("%w: %s in state %s", ErrReverted, name, l.view.State)
		}
		if l.now > l.view.Deadline {
			return fmt.Errorf("%w: %s after the window", ErrReverted, name)
		}
		l.sent[name]++
		effect()
		return nil
	})
	return *new(felt.Felt).SetUint64(uint64(len(name))), err
}

func (l *life) Accept(_ context.Context, _ Key, termsHash felt.Felt) (felt.Felt, error) {
	return l.send("accept", StateFunded, func() {
		if termsHash != l.view.TermsHash {
			l.t.Error("accepted other terms than the chain's")
		}
		l.view.State, l.view.Deadline = StateAccepted, l.now+l.view.Terms.Windows.Submit
	})
}

func (l *life) Submit(_ context.Context, _ Key, s Submission) (felt.Felt, error) {
	return l.send("submit", StateAccepted, func() {
		l.view.State, l.view.Submitted, l.view.Deadline = StateSubmitted, s, l.now+100
		l.onSubmit(&l.view)
	})
}

func (l *life) HandBack(context.Context, Key) (felt.Felt, error) {
	return l.send("hand_back", StateAccepted, func() {
		l.view.State, l.view.Deadline, l.view.Slashed = StateVoid, 0, amount.SAGE(1)
	})
}

func (l *life) Approve(_ context.Context, _ Key, c wire.Certificate) (felt.Felt, error) {
	if c.Round != goodRound {
		return felt.Felt{}, fmt.Errorf("%w: signatures", ErrReverted)
	}
	return l.send("approve", StateSubmitted, func() { l.view.State, l.view.Deadline = StateChallenge, l.now+100 })
}

func (l *life) Finalize(context.Context, Key) (tx felt.Felt, err error) {
	err = l.do(func() error {
		defer l.lock()()
		l.tried["finalize"]++
		if err := l.sendErr["finalize"]; err != nil {
			return err
		}
		if l.now <= l.view.Deadline || l.view.State != StateChallenge && l.view.State != StateSubmitted {
			return fmt.Errorf("%w: finalize in state %s", ErrReverted, l.view.State)
		}
		l.sent["finalize"]++
		l.view.Deadline = 0
		if l.view.State == StateChallenge {
			l.view.State = StateApproved
		} else {
			l.view.State = StateVoid
		}
		return nil
	})
	return *new(felt.Felt).SetUint64(8), err
}

// Release succeeds a second time and moves nothing, as the contract's does; the fee is gone all the same.
func (l *life) Release(context.Context, Key) (tx felt.Felt, err error) {
	err = l.do(func() error {
		defer l.lock()()
		l.tried["release"]++
		if l.view.State != StateApproved {
			return fmt.Errorf("%w: release in state %s", ErrReverted, l.view.State)
		}
		l.sent["release"]++
		l.view.Released = true
		return nil
	})
	return *new(felt.Felt).SetUint64(9), err
}

// goodRound is the round of the certificate that verifies.
const goodRound = 2

// certificates are what validators offer.
type certificates []wire.Certificate

func (c certificates) Find(context.Context, Key) ([]wire.Certificate, error) { return c, nil }

func (l *life) OpenEscrow(context.Context, Key) (units uint64, h felt.Felt, err error) {
	err = l.do(func() error {
		defer l.lock()()
		units, h = l.units, escrow
		return l.escrowErr
	})
	return units, h, err
}

type fakeEngine struct{ l *life }

func (e fakeEngine) phase(name string) error {
	return e.l.do(func() error {
		if f := e.l.compute; f != nil {
			return f(name)
		}
		return nil
	})
}

func (e fakeEngine) Multiply(ctx context.Context, a, b prover.Matrix) (prover.Matrix, error) {
	if err := e.phase("multiply"); err != nil {
		return prover.Matrix{}, err
	}
	return prover.Multiply(ctx, a, b)
}

func (e fakeEngine) CommitInput(_ context.Context, a, b prover.Matrix) (job.Hash, error) {
	return root(a, b), e.phase("commit input")
}

func (e fakeEngine) CommitResult(_ context.Context, _ uint32, c prover.Matrix) (job.Hash, error) {
	return root(c), e.phase("commit result")
}

// Prove makes a file that is different every time: a submission must be of the one that was stored.
func (e fakeEngine) Prove(ctx context.Context, s prover.Statement, a, b, c prover.Matrix, progress func(string, float64)) (prover.Sealed, error) {
	progress("commit", 0.1)
	if err := e.phase("prove"); err != nil {
		return prover.Sealed{}, err
	}
	if err := ctx.Err(); err != nil {
		return prover.Sealed{}, context.Cause(ctx)
	}
	if job.Hash(s.InputCommitment) != root(a, b) || job.Hash(s.ResultCommitment) != root(c) || s.Worker != me || s.JobManager != jobs || s.ChainID != chainID {
		e.l.t.Errorf("statement %+v", s)
	}
	defer e.l.lock()()
	e.l.proofs++
	blob := fmt.Appendf(nil, "proof %d of %x", e.l.proofs, s.Words())
	return prover.Sealed{Blob: blob, Hash: blake3.Sum256(blob), Commitment: *new(felt.Felt).SetUint64(uint64(e.l.proofs))}, nil
}

// fakeDepot is the coordinator's store.
type fakeDepot struct{ l *life }

func (d fakeDepot) Put(_ context.Context, u wire.Upload, h job.Hash, blob []byte) error {
	return d.l.do(func() error {
		defer d.l.lock()()
		if u.Job != theKey.Job || u.Attempt != theKey.Attempt || u.Fence == 0 || (u.Kind == wire.BlobResult) == u.Commitment.IsZero() {
			d.l.t.Errorf("upload %+v", u)
		}
		if d.l.depotErr != nil {
			return d.l.depotErr
		}
		d.l.depot[h] = blob
		return nil
	})
}

func (d fakeDepot) Get(_ context.Context, h job.Hash, limit int) (blob []byte, err error) {
	err = d.l.do(func() error {
		defer d.l.lock()()
		var ok bool
		if blob, ok = d.l.depot[h]; !ok || len(blob) > limit {
			return fmt.Errorf("%w: %s", ErrDepot, h)
		}
		return nil
	})
	return blob, err
}

// fakeBlobs is the worker's disk; what is published ends with the life.
type fakeBlobs struct {
	l         *life
	mu        sync.Mutex
	published map[job.Hash]bool
}

func (b *fakeBlobs) Put(blob []byte) (h job.Hash, err error) {
	h = blake3.Sum256(blob)
	err = b.l.do(func() error { defer b.l.lock()(); b.l.blobs[h] = blob; return nil })
	return h, err
}

func (b *fakeBlobs) Get(h job.Hash) (blob []byte, err error) {
	err = b.l.do(func() error {
		defer b.l.lock()()
		var ok bool
		if blob, ok = b.l.blobs[h]; !ok {
			return errors.New("no such blob")
		}
		return nil
	})
	return blob, err
}

// serves says whether a blob is published.
func (b *fakeBlobs) serves(h job.Hash) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.published[h]
}

func (b *fakeBlobs) Publish(hashes ...job.Hash) {
	b.l.do(func() error {
		defer b.l.lock()()
		if b.l.view.State <= StateAccepted {
			b.l.t.Errorf("published before the submission was on-chain, in state %s", b.l.view.State)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, h := range hashes {
			b.published[h] = true
		}
		return nil
	})
}

func (b *fakeBlobs) Remove(hashes ...job.Hash) error {
	return b.l.do(func() error {
		defer b.l.lock()()
		for _, h := range hashes {
			delete(b.l.blobs, h)
		}
		return nil
	})
}

type fakeRecords struct{ l *life }

func (r fakeRecords) Put(rec journal.Record) error {
	return r.l.do(func() error {
		defer r.l.lock()()
		rec.Version = journal.Version
		if b, err := json.Marshal(rec); err != nil {
			return err
		} else if _, err := journal.Decode(b); err != nil {
			r.l.t.Errorf("a record that cannot be read back: %v", err)
		}
		r.l.records[Key{rec.Job, rec.Attempt}.String()] = rec
		return nil
	})
}

func (r fakeRecords) All() (out []journal.Record, err error) {
	defer r.l.lock()()
	for _, rec := range r.l.records {
		out = append(out, rec)
	}
	return out, nil
}

func (r fakeRecords) Remove(id job.ID, attempt uint32) error {
	defer r.l.lock()()
	delete(r.l.records, Key{id, attempt}.String())
	return nil
}

func (l *life) Send(m wire.WorkerMessage) error {
	return l.do(func() error {
		if b, err := wire.EncodeWorker(m); err != nil {
			return err
		} else if _, err := wire.DecodeWorker(b); err != nil {
			l.t.Errorf("%T: %v", m, err)
		}
		l.change(func() { l.messages = append(l.messages, m) })
		select {
		case l.told <- struct{}{}:
		default:
		}
		return nil
	})
}

// worker is a running executor.
type worker struct {
	*Executor
	life  *life
	blobs *fakeBlobs
	stop  func()
}

var testIdentity = sync.OnceValues(func() (*identity.Identity, error) {
	dir, err := tempDir()
	if err != nil {
		return nil, err
	}
	return identity.Create(dir)
})

// begin starts a worker in the world; killAt is the instant at which it dies, 0 for never.
func begin(t *testing.T, w *world, killAt int, change func(*Config)) *worker {
	t.Helper()
	id, err := testIdentity()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &life{world: w, crash: crash{at: killAt, kill: cancel}}
	blobs := &fakeBlobs{l: l, published: map[job.Hash]bool{}}
	cfg := Config{
		Worker: me, ChainID: chainID, JobManager: jobs, Policy: policy.Default(),
		Chain: l, Payments: l, Engine: fakeEngine{l}, Depot: fakeDepot{l}, Blobs: blobs, Records: fakeRecords{l}, Link: l, Identity: id,
		Log:  slog.New(slog.DiscardHandler),
		Poll: 100 * time.Millisecond, RetryMin: 10 * time.Millisecond, RetryMax: 50 * time.Millisecond, FundingPatience: time.Second,
	}
	if change != nil {
		change(&cfg)
	}
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Load(); err != nil {
		t.Fatal(err)
	}
	e.Connected(true)
	ended := make(chan struct{})
	started := make(chan struct{})
	go func() {
		defer close(ended)
		close(started)
		e.Run(ctx)
	}()
	<-started
	for e.serving() == false {
		time.Sleep(time.Millisecond) // virtual time: see synctest
	}
	return &worker{Executor: e, life: l, blobs: blobs, stop: func() { cancel(); <-ended }}
}

// sealed is a payload for the test's identity.
func sealed(t *testing.T, payload any) []byte {
	t.Helper()
	id, err := testIdentity()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	key, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(id.PayloadKey())
	if err != nil {
		t.Fatal(err)
	}
	out, err := hpke.Seal(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(wire.PayloadInfo), plain)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func offer(t *testing.T, s job.Spec) wire.Offer {
	return wire.Offer{Job: theKey.Job, Attempt: theKey.Attempt, Fence: 3, Payload: sealed(t, wire.Payload{Spec: s})}
}
