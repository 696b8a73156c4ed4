package settle_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/riverqueue/river/riverdriver"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/internal/chainmodel"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/coordinator/store/sqlite"
	"github.com/sage-network/sage-node/coordinator/store/storetest"
	"github.com/sage-network/sage-node/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var owner = storetest.Felt(0xacc)

const (
	deposit = 10_000
	price   = 700
)

// behaviour is what a worker of the world does with an attempt.
type behaviour int

const (
	honest   behaviour = iota
	liar               // its proof is rejected
	sleepy             // accepts and never submits
	silent             // never accepts
	deserter           // accepts and hands back
	vanished           // falls silent before it accepts: its lease is lost
	withheld           // submits what nobody decides on
)

type fixedInput struct{}

func (fixedInput) Commit(_ context.Context, s job.Spec, worker felt.Felt) (job.Hash, error) {
	if s.Rows == 13 {
		return job.Hash{}, settle.ErrInput
	}
	return job.Hash{1}, nil
}

// record is an Observer that remembers.
type record struct {
	mu    sync.Mutex
	ended []store.Attempt
}

func (*record) Funded(store.Attempt) {}
func (r *record) Ended(a store.Attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = append(r.ended, a)
}

// world is a coordinator that can be killed, its workers, and the chain.
type world struct {
	t       failer
	path    string
	clock   *storetest.Clock
	chain   *chainmodel.Model
	store   *sqlite.Store
	engine  *settle.Engine
	seen    *record
	workers []behaviour // worker i has address 100 + i
	// reconcile says whether a restarted coordinator reconciles; the queue alone must do as well.
	reconcile bool
	crashes   int
}

type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Context() context.Context
}

func newWorld(t failer, dir string, workers ...behaviour) *world {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, path: filepath.Join(dir, "store.db"), clock: storetest.NewClock(), chain: chainmodel.New(owner, deposit), workers: workers, seen: &record{}}
	for i := range workers {
		w.chain.AddWorker(storetest.Felt(uint64(100+i)), chainmodel.Node(job.TierConsumer, [32]byte{1}, false))
	}
	w.open()
	return w
}

func (w *world) open() {
	s, err := sqlite.Open(w.t.Context(), w.path, sqlite.WithClock(w.clock.Now), sqlite.WithoutSync())
	if err != nil {
		w.t.Fatal(err)
	}
	w.store = s
	w.engine = &settle.Engine{
		Store: s, Chain: w.chain, Inputs: fixedInput{}, Observer: w.seen, Log: slog.New(slog.DiscardHandler), Poll: time.Second,
	}
}

// restart is a kill and a start.
func (w *world) restart() {
	w.crashes++
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
	if w.reconcile {
		if err := w.engine.Reconcile(w.t.Context()); err != nil && !errors.Is(err, chainmodel.ErrCrash) {
			w.t.Fatal(err)
		}
	}
}

func (w *world) submit(n uint64, change func(*store.Job)) job.ID {
	w.t.Helper()
	salt := storetest.Felt(n)
	j := store.Job{ID: job.NewID(owner, salt), Spec: job.NewMatmul(8, job.Hash{byte(n)}), Salt: salt, Price: price, MaxHedges: 1}
	if change != nil {
		change(&j)
	}
	w.update(func(ctx context.Context, tx store.Tx) error { _, err := store.Submit(ctx, tx, j); return err })
	return j.ID
}

func (w *world) update(fn func(ctx context.Context, tx store.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(w.t.Context(), func(tx store.Tx) error { return fn(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(id job.ID) (j store.Job, as []store.Attempt) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(r store.Reader) (err error) {
		if j, err = r.Job(w.t.Context(), id); err == nil {
			as, err = r.Attempts(w.t.Context(), id)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return j, as
}

var everyKind = []string{
	string(store.TaskCreate), string(store.TaskFund), string(store.TaskWatch), string(store.TaskRelease), string(store.TaskRefund),
	string(store.TaskCancel), string(store.TaskExpire),
}

// tasks runs every waiting task once. It reports how many are left.
func (w *world) tasks() (left int) {
	w.t.Helper()
	ctx := w.t.Context()
	rows, err := w.store.Driver().GetExecutor().JobGetByKindMany(ctx, &riverdriver.JobGetByKindManyParams{Kind: everyKind})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows {
		var t store.Task
		if err := json.Unmarshal(row.EncodedArgs, &t); err != nil {
			w.t.Fatal(err)
		}
		t.Kind = store.TaskKind(row.Kind)
		out, err := w.engine.Step(ctx, t)
		switch {
		case errors.Is(err, chainmodel.ErrCrash):
			w.restart()
			return 1
		case err != nil:
			w.t.Fatalf("step: %v", err)
		case out.Done:
			if err := w.store.Driver().GetExecutor().Exec(ctx, `DELETE FROM river_job WHERE id = ?`, row.ID); err != nil {
				w.t.Fatal(err)
			}
		default:
			left++
		}
	}
	return left
}

// dispatch gives every job that wants one the next worker that it has not tried.
func (w *world) dispatch() {
	w.update(func(ctx context.Context, tx store.Tx) error {
		jobs, err := tx.Wanting(ctx, 100)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			attempts, err := tx.Attempts(ctx, j.ID)
			if err != nil {
				return err
			}
			for i := range w.workers {
				address := storetest.Felt(uint64(100 + i))
				tried := false
				for _, a := range attempts {
					tried = tried || a.Worker == address
				}
				if tried {
					continue
				}
				_, err := store.Claim(ctx, tx, j.ID, address, job.Hash{}, tx.Now(), storetest.Lease)
				if errors.Is(err, store.ErrNotWanted) {
					continue
				}
				if err != nil {
					return err
				}
				break
			}
		}
		return nil
	})
}

// act lets workers and validators do what they do.
func (w *world) act(id job.ID) {
	onChain, _ := w.chain.Job(w.t.Context(), id)
	for n := uint32(1); n <= onChain.Attempts; n++ {
		a, _ := w.chain.Attempt(w.t.Context(), id, n)
		b := w.workers[a.Worker.Uint64()-100]
		switch a.State {
		case bindings.AttemptStateFunded:
			switch b {
			case silent:
			case vanished:
				w.update(func(ctx context.Context, tx store.Tx) error {
					a, err := tx.Attempt(ctx, id, n)
					if err != nil || !a.Working() {
						return err
					}
					_, err = store.Advance(ctx, tx, id, n, a.State, "", func(a *store.Attempt) { a.Lost = true })
					return err
				})
			default:
				_ = w.chain.Accept(id, n)
			}
		case bindings.AttemptStateAccepted:
			switch b {
			case sleepy:
			case deserter:
				_ = w.chain.HandBack(id, n)
			default:
				_ = w.chain.Submit(id, n, job.Hash{2}, job.Hash{byte(n)}, job.Hash{4})
			}
		case bindings.AttemptStateSubmitted:
			switch b {
			case withheld:
			case liar:
				_ = w.chain.Certify(id, n, bindings.VerdictInvalid)
			default:
				_ = w.chain.Certify(id, n, bindings.VerdictValid)
			}
		}
	}
}

// run lets the world turn until the jobs are closed and settled.
func (w *world) run(ids ...job.ID) {
	w.t.Helper()
	for range 400 {
		left := w.tasks()
		w.dispatch()
		open := left > 0
		for _, id := range ids {
			w.act(id)
			j, as := w.read(id)
			open = open || j.Closed == ""
			for _, a := range as {
				open = open || !a.Settled
			}
		}
		if !open {
			return
		}
		w.chain.Advance(3)
		w.clock.Advance(3 * time.Second)
	}
	j, as := w.read(ids[0])
	w.t.Fatalf("the world does not come to rest: job %+v\nattempts %+v", j, as)
}

// check verifies what must hold at the end of a paid job.
func (w *world) check(id job.ID, attempts int) {
	w.t.Helper()
	j, as := w.read(id)
	if j.State != job.Paid || len(as) != attempts {
		w.t.Fatalf("job is %s after %d attempts, want PAID after %d", j.State, len(as), attempts)
	}
	if err := w.chain.Check(); err != nil {
		w.t.Fatal(err)
	}
	if n := w.chain.Locked(bindings.EscrowStatusLocked); n != 0 {
		w.t.Fatalf("%d escrows are left", n)
	}
	paid := 0
	for _, a := range as {
		switch a.State {
		case job.Paid:
			paid++
		case job.Void, job.Rejected:
		default:
			w.t.Fatalf("attempt %d is left in %s", a.Number, a.State)
		}
	}
	if paid != 1 || w.chain.Locked(bindings.EscrowStatusReleased) != 1 {
		w.t.Fatalf("%d attempts paid here, %d on-chain; want one", paid, w.chain.Locked(bindings.EscrowStatusReleased))
	}
	if w.chain.Sent["create"] != 1 || w.chain.Sent["fund"] != attempts {
		w.t.Fatalf("sent %v for %d attempts", w.chain.Sent, attempts)
	}
}

func TestWays(t *testing.T) {
	for _, c := range []struct {
		name     string
		workers  []behaviour
		attempts int
		first    job.State
		fault    bool
	}{
		{"honest", []behaviour{honest}, 1, job.Paid, false},
		{"liar", []behaviour{liar, honest}, 2, job.Rejected, true},
		{"timeout", []behaviour{sleepy, honest}, 2, job.Void, true},
		{"not accepted", []behaviour{silent, honest}, 2, job.Void, true},
		{"handed back", []behaviour{deserter, honest}, 2, job.Void, true},
		{"lost before acceptance", []behaviour{vanished, honest}, 2, job.Void, false},
		{"undecided", []behaviour{withheld, honest}, 2, job.Void, false},
		{"two fail", []behaviour{liar, sleepy, honest}, 3, job.Rejected, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), c.workers...)
			defer func() { w.store.Close() }()
			id := w.submit(1, nil)
			w.run(id)
			w.check(id, c.attempts)
			_, as := w.read(id)
			if as[0].State != c.first || as[0].Fault != c.fault {
				t.Fatalf("first attempt %s, fault %v; want %s, %v", as[0].State, as[0].Fault, c.first, c.fault)
			}
			last := as[len(as)-1]
			if w.chain.Credited(last.Worker) != price || last.ProofHash != (job.Hash{byte(last.Number)}) {
				t.Fatalf("the last worker got %d; attempt %+v", w.chain.Credited(last.Worker), last)
			}
		})
	}
}

func TestQuarantine(t *testing.T) {
	w := newWorld(t, t.TempDir(), liar, sleepy, liar, honest)
	defer func() { w.store.Close() }()
	id := w.submit(1, nil)
	w.run(id)
	j, as := w.read(id)
	if j.State != job.Quarantined || len(as) != 3 {
		t.Fatalf("job is %s after %d attempts", j.State, len(as))
	}
	if err := w.chain.Check(); err != nil || w.chain.Locked(bindings.EscrowStatusRefunded) != 3 {
		t.Fatalf("money: %v, %d refunds", err, w.chain.Locked(bindings.EscrowStatusRefunded))
	}
}

func TestHedge(t *testing.T) {
	w := newWorld(t, t.TempDir(), sleepy, honest)
	defer func() { w.store.Close() }()
	id := w.submit(1, nil)
	for range 8 {
		w.tasks()
		w.dispatch()
		w.act(id)
	}
	if j, _ := w.read(id); j.State != job.Accepted {
		t.Fatalf("job is %s", j.State)
	}
	w.update(func(ctx context.Context, tx store.Tx) error { // the worker falls silent
		_, err := store.Advance(ctx, tx, id, 1, job.Accepted, "", func(a *store.Attempt) { a.Lost = true })
		return err
	})
	w.dispatch()
	if _, as := w.read(id); len(as) != 2 || as[1].State != job.Assigned {
		t.Fatalf("no hedge at once: %+v", as)
	}
	w.run(id)
	w.check(id, 2)
	if _, as := w.read(id); as[0].State != job.Void || as[1].State != job.Paid {
		t.Fatalf("attempts %s, %s", as[0].State, as[1].State)
	}
}

// TestCrashEverywhere kills the coordinator at every point of every transaction, one run for each, and
// wants the same end as without.
func TestCrashEverywhere(t *testing.T) {
	for _, reconcile := range []bool{false, true} {
		for at := range chainmodel.Points {
			for nth := 0; ; nth++ {
				name := fmt.Sprintf("reconcile %v, point %d, transaction %d", reconcile, at, nth)
				crashed := false
				w := newWorld(t, t.TempDir(), liar, honest)
				w.reconcile = reconcile
				count := 0
				w.chain.Crash = func(_ string, p chainmodel.Point) bool {
					if p != at {
						return false
					}
					count++
					if count-1 == nth {
						crashed = true
						return true
					}
					return false
				}
				id := w.submit(1, nil)
				w.run(id)
				w.check(id, 2)
				if err := w.store.Close(); err != nil {
					t.Fatal(err)
				}
				if !crashed {
					if nth < 6 {
						t.Fatalf("%s: only %d transactions", name, nth)
					}
					break
				}
			}
		}
	}
}

// TestCrashOften lets several jobs and crashes meet at random.
func TestCrashOften(t *testing.T) {
	dir := t.TempDir()
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		var workers []behaviour
		for range rapid.IntRange(0, 2).Draw(rt, "bad workers") {
			workers = append(workers, behaviour(rapid.IntRange(int(liar), int(withheld)).Draw(rt, "behaviour")))
		}
		workers = append(workers, honest, honest)
		w := newWorld(rt, filepath.Join(dir, fmt.Sprint(run)), workers...)
		defer func() { w.store.Close() }()
		w.reconcile = rapid.Bool().Draw(rt, "reconcile")
		budget := rapid.IntRange(0, 8).Draw(rt, "crashes")
		w.chain.Crash = func(string, chainmodel.Point) bool {
			if budget == 0 || rapid.IntRange(0, 5).Draw(rt, "crash") != 0 {
				return false
			}
			budget--
			return true
		}
		ids := []job.ID{w.submit(1, nil), w.submit(2, nil)}
		w.run(ids...)
		if err := w.chain.Check(); err != nil {
			rt.Fatal(err)
		}
		for _, id := range ids {
			j, as := w.read(id)
			paid := 0
			for _, a := range as {
				if a.State == job.Paid {
					paid++
				}
			}
			if j.State != job.Paid || paid != 1 {
				rt.Fatalf("job is %s, paid %d times, after %d crashes", j.State, paid, w.crashes)
			}
		}
		if w.chain.Locked(bindings.EscrowStatusReleased) != 2 || w.chain.Locked(bindings.EscrowStatusLocked) != 0 || w.chain.Sent["create"] != 2 {
			rt.Fatalf("released %d, locked %d, sent %v", w.chain.Locked(bindings.EscrowStatusReleased), w.chain.Locked(bindings.EscrowStatusLocked), w.chain.Sent)
		}
	})
}

func TestCancel(t *testing.T) {
	ask := func(w *world, id job.ID) {
		w.update(func(ctx context.Context, tx store.Tx) error {
			if _, err := store.Refresh(ctx, tx, id, "cancel asked", func(j *store.Job) { j.CancelAsked = true }); err != nil {
				return err
			}
			return tx.Enqueue(ctx, store.Task{Kind: store.TaskCancel, Job: id})
		})
	}
	t.Run("before creation", func(t *testing.T) {
		w := newWorld(t, t.TempDir(), honest)
		defer func() { w.store.Close() }()
		id := w.submit(1, nil)
		ask(w, id)
		w.run(id)
		if j, _ := w.read(id); j.State != job.Cancelled || w.chain.Sent["create"] != 0 {
			t.Fatalf("job is %s, sent %v", j.State, w.chain.Sent)
		}
	})
	t.Run("while offered", func(t *testing.T) {
		w := newWorld(t, t.TempDir(), silent)
		defer func() { w.store.Close() }()
		id := w.submit(1, nil)
		for range 4 {
			w.tasks()
			w.dispatch()
		}
		ask(w, id)
		w.run(id)
		j, as := w.read(id)
		if j.State != job.Cancelled || len(as) != 1 || as[0].State != job.Void || w.chain.Locked(bindings.EscrowStatusRefunded) != 1 {
			t.Fatalf("job is %s, attempts %+v", j.State, as)
		}
		if err := w.chain.Check(); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("after acceptance", func(t *testing.T) {
		w := newWorld(t, t.TempDir(), honest)
		defer func() { w.store.Close() }()
		id := w.submit(1, nil)
		for range 4 {
			w.tasks()
			w.dispatch()
		}
		if err := w.chain.Accept(id, 1); err != nil {
			t.Fatal(err)
		}
		ask(w, id)
		w.run(id)
		w.check(id, 1)
	})
}

func TestDeadline(t *testing.T) {
	w := newWorld(t, t.TempDir()) // no workers
	defer func() { w.store.Close() }()
	head, _ := w.chain.Head(t.Context())
	id := w.submit(1, func(j *store.Job) { j.Deadline = head.Time + 30 })
	w.tasks()
	if err := w.engine.Overdue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := w.tasks(); left != 0 {
		t.Fatalf("%d tasks before the deadline", left)
	}
	w.chain.Advance(31)
	if err := w.engine.Overdue(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.run(id)
	if j, _ := w.read(id); j.State != job.Expired {
		t.Fatalf("job is %s", j.State)
	}
	late := w.submit(2, func(j *store.Job) { j.Deadline = head.Time })
	w.run(late)
	if j, _ := w.read(late); j.State != job.Expired || w.chain.Sent["create"] != 1 {
		t.Fatalf("job is %s", j.State)
	}
}

func TestUnusableInput(t *testing.T) {
	w := newWorld(t, t.TempDir(), honest)
	defer func() { w.store.Close() }()
	id := w.submit(1, func(j *store.Job) { j.Spec.Rows = 13 })
	w.run(id)
	if j, _ := w.read(id); j.State != job.Cancelled {
		t.Fatalf("job is %s", j.State)
	}
}

func TestFundsAreNotTheWorkersFault(t *testing.T) {
	w := newWorld(t, t.TempDir(), honest)
	defer func() { w.store.Close() }()
	id := w.submit(1, func(j *store.Job) { j.Price = deposit + 1 })
	w.tasks()
	w.dispatch()
	_, err := w.engine.Step(t.Context(), store.Task{Kind: store.TaskFund, Job: id, Attempt: 1})
	if !errors.Is(err, settle.ErrFunds) {
		t.Fatalf("error %v, want ErrFunds", err)
	}
	if _, as := w.read(id); len(as) != 1 || as[0].Fault {
		t.Fatalf("attempts %+v", as)
	}
}

func TestIneligibleWorkerIsDropped(t *testing.T) {
	w := newWorld(t, t.TempDir(), honest, honest)
	defer func() { w.store.Close() }()
	id := w.submit(1, nil)
	w.tasks()
	w.dispatch()
	w.chain.AddWorker(storetest.Felt(100), bindings.WorkerInfo{Status: bindings.WorkerStatusJailed})
	w.tasks()
	j, as := w.read(id)
	if j.State != job.Queued || !j.WantsWorker || len(as) != 0 || w.chain.Sent["fund"] != 0 {
		t.Fatalf("job %+v, attempts %+v", j, as)
	}
}

func TestAnotherCoordinator(t *testing.T) {
	w := newWorld(t, t.TempDir(), honest, honest)
	defer func() { w.store.Close() }()
	id := w.submit(1, nil)
	w.tasks()
	w.dispatch()
	if _, err := w.chain.Fund(t.Context(), settle.Funding{Job: id, Attempt: 1, Worker: storetest.Felt(101), Price: 5}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.Step(t.Context(), store.Task{Kind: store.TaskFund, Job: id, Attempt: 1}); !errors.Is(err, settle.ErrConflict) {
		t.Fatalf("error %v, want ErrConflict", err)
	}
}

// unpayable refuses to fund one worker's attempts.
type unpayable struct {
	settle.Chain
	worker felt.Felt
	err    error
}

func (c unpayable) Fund(ctx context.Context, f settle.Funding) (felt.Felt, error) {
	if f.Worker == c.worker {
		return felt.Felt{}, c.err
	}
	return c.Chain.Fund(ctx, f)
}

// TestWorkerThatCannotBePaid: a worker on which no payment can be locked keeps neither itself nor the job
// busy, however often it sends heartbeats.
func TestWorkerThatCannotBePaid(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		after time.Duration
		blame bool
	}{
		"no private account":   {settle.ErrPayee, 0, true},
		"an upgrade is ahead":  {settle.ErrUpgrade, 0, false},
		"refused by the chain": {&chain.RevertError{Reason: "no"}, 2 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), honest, honest)
			defer func() { w.store.Close() }()
			id := w.submit(1, nil)
			w.tasks()
			w.dispatch()
			w.engine.Chain = unpayable{w.engine.Chain, storetest.Felt(100), c.err}
			task := store.Task{Kind: store.TaskFund, Job: id, Attempt: 1}
			if c.after > 0 {
				if _, err := w.engine.Step(t.Context(), task); !errors.Is(err, c.err) {
					t.Fatalf("at once: %v", err)
				}
				w.clock.Advance(c.after)
			}
			if out, err := w.engine.Step(t.Context(), task); err != nil || !out.Done {
				t.Fatalf("%+v, %v", out, err)
			}
			j, as := w.read(id)
			if !j.WantsWorker || len(as) != 0 {
				t.Fatalf("job %+v, attempts %+v", j, as)
			}
			if n := len(w.seen.ended); n != 1 || w.seen.ended[0].Fault != c.blame {
				t.Fatalf("ended: %+v", w.seen.ended)
			}
		})
	}
}

// TestDeadlineBetweenLeaseAndFunding: a job whose deadline passes before its attempt is funded expires.
func TestDeadlineBetweenLeaseAndFunding(t *testing.T) {
	w := newWorld(t, t.TempDir(), honest)
	defer func() { w.store.Close() }()
	head, err := w.chain.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := w.submit(1, func(j *store.Job) { j.Deadline = head.Time + 10 })
	w.tasks()
	w.dispatch()
	w.chain.Advance(11)
	w.tasks()
	if j, as := w.read(id); !j.WantsWorker || len(as) != 0 || w.chain.Sent["fund"] != 0 {
		t.Fatalf("job %+v, attempts %+v", j, as)
	}
}
