package history

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
)

// story draws a chain, and says what the account must hold and how many calls it made.
func story(t *rapid.T) (m *model, holds, calls uint64) {
	m = &model{fork: map[int]uint64{}}
	m.add()
	emit := func(e ...abi.Event) {
		if rapid.Bool().Draw(t, "new block") {
			m.add(e...)
			return
		}
		last := len(m.blocks) - 1
		before := m.blocks[last]
		m.blocks = m.blocks[:last]
		m.add(append(before, e...)...)
	}
	const first = 1 << 40
	emit(deposited(first, 7))
	holds, calls = first-7, 1
	for i, e := range pool().events {
		if !rapid.Bool().Draw(t, "pays") {
			continue
		}
		if rapid.Bool().Draw(t, "lies") {
			e = lying(e)
		}
		emit(e)
		ends := rapid.Bool().Draw(t, "ends")
		if i%2 == 1 {
			calls++
			if holds -= pool().units[i]; ends {
				holds += pool().units[i]
				emit(credited(i, true))
			}
		} else if ends {
			holds += pool().units[i]
			emit(attempt(i, bindings.AttemptStateApproved, 0)...)
			emit(credited(i, false))
		} else {
			emit(attempt(i, bindings.AttemptStateRejected, 55)...)
		}
		switch rapid.IntRange(0, 3).Draw(t, "between") {
		case 0: // two equal calls of one transaction
			emit(deposited(5, 1), deposited(5, 1))
			holds, calls = holds+8, calls+2
		case 1:
			emit(withdrawn(3))
			holds, calls = holds-3, calls+1
		case 2:
			emit(rolled())
			calls++
		}
	}
	return m, holds, calls
}

func opened(t interface{ Fatal(...any) }, events []Event) *Ledger {
	l := Fold(at, me, events)
	if err := l.Open(context.Background(), setting, pool().key, pool().solver, nil, nil); err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLedger: whatever the order of events and however often each comes, with true hints and lies, the ledger is the
// same and its sum is what the account holds.
func TestLedger(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m, holds, calls := story(rt)
		events := m.all(t)
		want := opened(t, events)
		if got, err := want.Holds(); err != nil || got != holds || want.Calls() != calls || want.Strange != 0 {
			rt.Fatalf("holds %d, %v, %d calls, %d strange; want %d and %d", got, err, want.Calls(), want.Strange, holds, calls)
		}
		twice := append(append([]Event{}, events...), events[:rapid.IntRange(0, len(events)).Draw(rt, "repeated")]...)
		if got := opened(t, rapid.Permutation(twice).Draw(rt, "order")); !reflect.DeepEqual(got, want) {
			rt.Fatalf("in another order: %+v, want %+v", got, want)
		}
	})
}

// TestMissingEvents: the ledger never has more calls than the account made, and says what it cannot know.
func TestMissingEvents(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m, holds, calls := story(rt)
		var seen []Event
		missing := 0
		for _, e := range m.all(t) {
			if e.From == at.Privacy && rapid.IntRange(0, 4).Draw(rt, "lost") == 0 {
				missing++
				continue
			}
			seen = append(seen, e)
		}
		l := opened(t, seen)
		if l.Calls() > calls {
			rt.Fatalf("%d calls, there were %d", l.Calls(), calls)
		}
		if got, err := l.Holds(); missing == 0 && (err != nil || got != holds) {
			rt.Fatalf("nothing is missing: %d, %v", got, err)
		}
	})
}

func TestWhatBecameOfWork(t *testing.T) {
	m := &model{fork: map[int]uint64{}}
	m.add(pool().events[0])
	m.add(pool().events[2])
	m.add(lying(pool().events[4]))
	m.add(attempt(0, bindings.AttemptStateApproved, 0)...)
	m.add(attempt(2, bindings.AttemptStateRejected, 40)...)
	m.add(credited(0, false))
	// What others do, and what nobody asked for.
	foreign := deposited(1, 0)
	foreign.Keys = []felt.Felt{foreign.Keys[0], other}
	broken := deposited(1, 0)
	broken.Data = broken.Data[:1]
	m.add(foreign, broken, credited(0, false), credited(5, true))
	l := opened(t, m.all(t))
	if len(l.Payments) != 3 || l.Payments[0].Paid == nil || l.Payments[1].Paid != nil || l.Strange != 3 {
		t.Fatalf("%+v", l)
	}
	for i, p := range l.Payments {
		if !p.ToMe || p.ByMe || !p.Opened || p.Units != pool().units[2*i] || p.Payer != other {
			t.Errorf("payment %d: %+v", i, p)
		}
	}
	if len(l.Works) != 2 || l.Works[0].State != bindings.AttemptStateApproved || l.Works[1].State != bindings.AttemptStateRejected {
		t.Fatalf("works: %+v", l.Works)
	}
	w := l.Works[1]
	if len(w.Penalties) != 1 || w.Penalties[0].Wei.Cmp(big1(40)) != 0 || w.Cause != "the end" || w.Submitted == nil || w.Submitted.ProofHash != abi.U256FromUint64(5) {
		t.Errorf("rejected work: %+v", w)
	}
	if got, err := l.Holds(); err != nil || got != pool().units[0] {
		t.Errorf("holds %d, %v", got, err)
	}
}

// TestUnknownAmounts: a payment to me under another key has no amount, and the sum says so.
func TestUnknownAmounts(t *testing.T) {
	m := &model{fork: map[int]uint64{}}
	m.add(pool().events[0], credited(0, false))
	stranger, err := elgamal.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	l := Fold(at, me, m.all(t))
	if err := l.Open(t.Context(), setting, stranger, pool().solver, nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Holds(); err == nil || l.Payments[0].Opened {
		t.Errorf("%+v", l.Payments[0])
	}
	// What is known already is not opened again.
	known := map[Lock]uint64{l.Payments[0].Lock(): 77}
	if err := l.Open(t.Context(), setting, stranger, nil, known, nil); err != nil || l.Payments[0].Units != 77 {
		t.Errorf("%+v, %v", l.Payments[0], err)
	}
	over := Fold(at, me, []Event{{Event: withdrawn(5)}})
	if _, err := over.Holds(); err == nil {
		t.Error("more went out than came in")
	}
}

func blocks(n int) *model {
	m := &model{fork: map[int]uint64{}}
	for range n {
		m.add()
	}
	return m
}

func scan(t *testing.T, b *Book, m *model) uint64 {
	t.Helper()
	if err := b.Scan(t.Context(), m, nil); err != nil {
		t.Fatal(err)
	}
	l := b.Ledger()
	got, err := l.Holds()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestScanGoesOn(t *testing.T) {
	m := blocks(3)
	m.add(deposited(100, 0))
	b := &Book{Contracts: at, Account: me, From: 1}
	if got := scan(t, b, m); got != 100 || b.Next != 4 {
		t.Fatalf("%d, next %d", got, b.Next)
	}
	for range 2 * margin {
		m.add(deposited(1, 0))
	}
	// It is interrupted, and goes on.
	m.pages, m.fail = 0, 3
	if err := b.Scan(t.Context(), m, nil); !errors.Is(err, chain.ErrUnreachable) {
		t.Fatal(err)
	}
	m.fail = 0
	if got := scan(t, b, m); got != 100+2*margin || b.Anchor != b.Next-1-margin {
		t.Fatalf("%d, next %d, anchor %d", got, b.Next, b.Anchor)
	}
	if got := scan(t, b, m); got != 100+2*margin {
		t.Fatalf("again: %d", got)
	}
	m.unasked = true
	if err := b.Scan(t.Context(), m, nil); !errors.Is(err, chain.ErrMalformed) {
		t.Errorf("events that were not asked for: %v", err)
	}
	m.unasked = false
	stop := errors.New("enough")
	if err := b.Scan(t.Context(), m, func(uint64, uint64) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func TestScanAfterReorganisation(t *testing.T) {
	m := blocks(3)
	for range 2 * margin {
		m.add(deposited(1, 0))
	}
	b := &Book{Contracts: at, Account: me}
	if got := scan(t, b, m); got != 2*margin {
		t.Fatal(got)
	}
	// The last blocks are replaced by others, fewer.
	m.blocks = m.blocks[:len(m.blocks)-20]
	for range 10 {
		m.fork[len(m.blocks)] = 1
		m.add(deposited(1000, 0))
	}
	if got := scan(t, b, m); got != 2*margin-20+10_000 {
		t.Fatalf("shallow: %d", got)
	}
	// Another chain altogether, as of a local network that was started anew.
	fresh := blocks(1)
	fresh.fork[0] = 5
	fresh.add(deposited(3, 0))
	if got := scan(t, b, fresh); got != 3 {
		t.Fatalf("another chain: %d", got)
	}
}

// TestOwnPayments: what the account paid is found once it is asked for.
func TestOwnPayments(t *testing.T) {
	m := blocks(1)
	m.add(deposited(1<<40, 0), pool().events[1], pool().events[0])
	b := &Book{Contracts: at, Account: me}
	if scan(t, b, m); b.Ledger().Calls() != 1 {
		t.Fatalf("%d calls", b.Ledger().Calls())
	}
	b.All()
	if err := b.Scan(t.Context(), m, nil); err != nil {
		t.Fatal(err)
	}
	l := opened(t, b.Events)
	if got, err := l.Holds(); err != nil || got != 1<<40-pool().units[1] || l.Calls() != 2 {
		t.Fatalf("%d, %v, %d calls", got, err, l.Calls())
	}
}

func TestFile(t *testing.T) {
	key, path := pool().key, filepath.Join(t.TempDir(), "history")
	open := func(account felt.Felt) *File {
		f, err := NewFile(path, setting, account, key)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := open(me)
	if _, err := f.Load(); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	m := blocks(1)
	m.add(deposited(100, 0), pool().events[0])
	b := &Book{Contracts: at, Account: me}
	scan(t, b, m)
	b.Learn(opened(t, b.Events))
	b.Found = 5
	if _, err := b.Time(t.Context(), m, 1); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(b); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", info, err)
	}
	got, err := f.Load()
	if err != nil || !reflect.DeepEqual(got, b) {
		t.Fatalf("%+v, %v; want %+v", got, err, b)
	}
	if _, err := open(other).Load(); !errors.Is(err, ErrDamaged) {
		t.Errorf("another account's: %v", err)
	}
	sealed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{{}, sealed[:10], sealed[:len(sealed)-1], append([]byte{sealed[0] ^ 1}, sealed[1:]...), append(sealed, 0)} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Load(); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

// TestInventedPayment: what a node invented for the slot and the transaction of a true payment does not
// stand in for its amount once an honest node is asked.
func TestInventedPayment(t *testing.T) {
	b := &Book{Contracts: at, Account: me}
	for _, invented := range []bool{true, false} {
		e := pool().events[0]
		if invented { // the escrow of another payment to me, and this one's job
			e.Data = append(append([]felt.Felt{e.Data[0]}, pool().events[2].Data[1:len(e.Data)-3]...), e.Data[len(e.Data)-3:]...)
		}
		m := &model{fork: map[int]uint64{}}
		m.add(e, credited(0, false))
		b.forget(0)
		if err := b.Scan(t.Context(), m, nil); err != nil {
			t.Fatal(err)
		}
		l := b.Ledger()
		if err := l.Open(t.Context(), setting, pool().key, pool().solver, b.Known, nil); err != nil {
			t.Fatal(err)
		}
		want := pool().units[0]
		if invented {
			want = pool().units[2]
		}
		if len(l.Payments) != 1 || !l.Payments[0].Opened || l.Payments[0].Units != want {
			t.Fatalf("invented %v: %+v", invented, l.Payments)
		}
		b.Learn(l)
	}
}

// BenchmarkLedger folds 100,000 events, 25,000 payments among them. Opening them is measured in elgamal.
func BenchmarkLedger(b *testing.B) {
	const rounds = 25_000
	var events []Event
	for i := range rounds {
		locked := pool().events[0]
		locked.BlockNumber, locked.TransactionHash = uint64(i), num(uint64(i)+1)
		id := num(uint64(i) + 1000)
		locked.Keys = append([]felt.Felt{locked.Keys[0], id}, locked.Keys[2:]...)
		locked.Data = append([]felt.Felt{id}, locked.Data[1:]...)
		for _, e := range []abi.Event{locked, deposited(5, 0), withdrawn(2), rolled()} {
			e.BlockNumber, e.TransactionHash = uint64(i), num(uint64(i)+1)
			events = append(events, Event{Event: e})
		}
	}
	for b.Loop() {
		l := Fold(at, me, events)
		if len(l.Payments) != rounds || l.Strange != 0 {
			b.Fatalf("%d payments, %d strange", len(l.Payments), l.Strange)
		}
	}
	b.ReportMetric(float64(len(events))*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
