package upgrades

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wire"
)

// fake is a chain on which every contract has a class and perhaps a next one.
type fake struct {
	now     time.Time
	classes map[felt.Felt]felt.Felt
	next    map[felt.Felt]announcement
	looks   int
	err     error
}

type announcement struct {
	class felt.Felt
	at    uint64
}

func (f *fake) Latest(context.Context) (chain.Block, error) {
	f.looks++
	return chain.Block{Number: 7, Timestamp: f.now}, f.err
}
func (f *fake) At(uint64) abi.Reader { return f }
func (f *fake) ClassHashAt(_ context.Context, address felt.Felt) (felt.Felt, error) {
	return f.classes[address], f.err
}
func (f *fake) Call(_ context.Context, call abi.Call) ([]felt.Felt, error) {
	if call.EntryPoint != "pending_upgrade" {
		return nil, errors.New("another call")
	}
	next := f.next[call.To]
	return []felt.Felt{next.class, starkhash.Uint64(next.at)}, nil
}

var (
	jobs, bank  = starkhash.Uint64(10), starkhash.Uint64(11)
	old, unseen = starkhash.Uint64(100), starkhash.Uint64(666)
	start       = time.Unix(1_800_000_000, 0).UTC()
)

func contracts() []Contract {
	return []Contract{{"JobManager", jobs, []felt.Felt{old}}, {"PrivacyRouter", bank, []felt.Felt{old, starkhash.Uint64(101)}}}
}

func newFake() *fake {
	return &fake{now: start, classes: map[felt.Felt]felt.Felt{jobs: old, bank: old}, next: map[felt.Felt]announcement{}}
}

func in(d time.Duration) uint64 { return uint64(start.Add(d).Unix()) }

func TestLook(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*fake)
		want   []string
	}{
		"nothing": {func(*fake) {}, nil},
		"an unknown class": {func(f *fake) { f.next[jobs] = announcement{unseen, in(time.Hour)} },
			[]string{"JobManager may be upgraded from 2027-01-15T09:00:00Z to 2027-01-22T09:00:00Z, to class 0x29a, which this program does not know"}},
		"a known class": {func(f *fake) { f.next[bank] = announcement{starkhash.Uint64(101), in(time.Hour)} },
			[]string{"PrivacyRouter may be upgraded from 2027-01-15T09:00:00Z to 2027-01-22T09:00:00Z, to class 0x65, which this program knows"}},
		"one that can still come": {func(f *fake) { f.next[jobs] = announcement{unseen, in(-Window)} },
			[]string{"JobManager may be upgraded from 2027-01-08T08:00:00Z to 2027-01-15T08:00:00Z, to class 0x29a, which this program does not know"}},
		"one that has lapsed": {func(f *fake) { f.next[jobs] = announcement{unseen, in(-Window - time.Second)} }, nil},
		"nonsense":            {func(f *fake) { f.next[jobs] = announcement{unseen, 1<<64 - 1} }, nil},
		"it has come":         {func(f *fake) { f.classes[jobs] = unseen }, []string{"JobManager runs class 0x29a, which this program does not know"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			c.change(f)
			notices, err := Look(t.Context(), f, contracts())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, n := range notices {
				got = append(got, n.String())
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	f := newFake()
	f.err = errors.New("no answer")
	if _, err := Look(t.Context(), f, contracts()); err == nil {
		t.Error("a chain that does not answer says nothing is announced")
	}
}

func TestAllows(t *testing.T) {
	f := newFake()
	f.next[jobs] = announcement{unseen, in(time.Hour)}
	f.next[bank] = announcement{starkhash.Uint64(101), in(time.Minute)} // known: it bounds nothing
	w := NewWatch(f, contracts(), true, slog.New(slog.DiscardHandler))
	for after, allowed := range map[time.Duration]bool{0: true, time.Hour - time.Second: true, time.Hour: false, 1000 * time.Hour: false} {
		if err := w.Allows(t.Context(), start.Add(after)); (err == nil) != allowed || err != nil && !errors.Is(err, ErrUnknownClass) {
			t.Errorf("open until %s after now: %v", after, err)
		}
	}
	if err := NewWatch(f, contracts(), false, slog.New(slog.DiscardHandler)).Allows(t.Context(), start.Add(time.Hour)); err != nil {
		t.Errorf("a watch that only warns: %v", err)
	}
	f = newFake()
	f.classes[bank] = unseen // nothing may be open under it, however short
	if err := NewWatch(f, contracts(), true, slog.New(slog.DiscardHandler)).Allows(t.Context(), start); !errors.Is(err, ErrUnknownClass) {
		t.Errorf("under a class in force that is not known: %v", err)
	}
	f.err = errors.New("no answer")
	if err := NewWatch(f, contracts(), true, slog.New(slog.DiscardHandler)).Allows(t.Context(), start); err == nil || errors.Is(err, ErrUnknownClass) {
		t.Errorf("a chain that does not answer: %v", err)
	}
}

// TestNotices: the chain is asked once a minute, and the log told of each change once.
func TestNotices(t *testing.T) {
	f := newFake()
	var log bytes.Buffer
	w := NewWatch(f, contracts(), true, slog.New(slog.NewTextHandler(&log, nil)))
	now := start
	w.now = func() time.Time { return now }
	look := func(want int) {
		t.Helper()
		if n, err := w.Notices(t.Context()); err != nil || len(n) != want || len(w.Told()) != want {
			t.Fatalf("%v, %v; want %d", n, err, want)
		}
	}
	look(0)
	f.next[jobs] = announcement{unseen, in(time.Hour)}
	look(0)
	now = now.Add(fresh)
	look(1)
	now = now.Add(fresh)
	look(1)
	f.next = nil
	now = now.Add(fresh)
	look(0)
	if f.looks != 4 {
		t.Errorf("asked %d times, want 4", f.looks)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 || strings.Count(log.String(), "no longer so") != 1 {
		t.Errorf("log:\n%s", log.String())
	}
}

func TestContractsKnow(t *testing.T) {
	p := &profile.Profile{Classes: map[string]wire.Felt{"JobManager": wire.Felt(old)}}
	for _, c := range Contracts(p, []felt.Felt{unseen}) {
		if want := map[bool]int{true: 3, false: 2}[c.Name == "JobManager"]; len(c.Known) != want || !c.knows(unseen) || c.knows(felt.Zero) {
			t.Errorf("%s knows %v", c.Name, c.Known)
		}
	}
}
