package votelog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/wire"
)

func epochVote(epoch uint64, job byte, round uint32, verdict wire.Verdict) wire.Vote {
	v := vote(job, round, verdict)
	v.Slot.VoteEpoch = epoch
	return v
}

// TestPrune: old epochs go for good, the others stay with all that they forbid, also after another start.
func TestPrune(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := open1(t, path)
	old, kept := epochVote(4, 1, 0, wire.Valid), []wire.Vote{epochVote(5, 2, 0, wire.Unavailable), epochVote(5, 2, 1, wire.Valid)}
	record(t, l, old, kept[0], kept[1])
	if n, err := l.Prune(5); err != nil || n != 1 {
		t.Fatalf("forgot %d votes: %v", n, err)
	}
	if n, err := l.Prune(3); err != nil || n != 0 {
		t.Errorf("a lower floor forgot %d votes: %v", n, err)
	}
	later := epochVote(6, 3, 0, wire.Invalid)
	check := func(l *Log) {
		t.Helper()
		if err := l.Record(epochVote(5, 2, 2, wire.Invalid)); !errors.Is(err, ErrConflict) {
			t.Errorf("a contradiction: %v", err)
		}
		if got := append(l.Votes(kept[0].Slot), l.Votes(old.Slot)...); fmt.Sprint(got) != fmt.Sprint(kept) {
			t.Errorf("remembers %v, want %v", got, kept)
		}
	}
	check(l)
	for _, v := range []wire.Vote{old, epochVote(4, 9, 0, wire.Invalid)} {
		if err := l.Record(v); !errors.Is(err, ErrPruned) {
			t.Errorf("voted on a forgotten epoch: %v", err)
		}
	}
	record(t, l, later)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != int64(headerSize+3*recordSize) || info.Mode().Perm() != 0o600 {
		t.Errorf("file %v, %v", info, err)
	}
	l = open1(t, path)
	defer l.Close()
	check(l)
	if got := l.Votes(later.Slot); len(got) != 1 || got[0] != later {
		t.Errorf("what was recorded after pruning: %v", got)
	}
}

// TestPruneThatFailsForgetsNothing: the new file cannot be made.
func TestPruneThatFailsForgetsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := open1(t, path)
	defer l.Close()
	record(t, l, epochVote(1, 1, 0, wire.Valid))
	if err := os.Mkdir(path+".new", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path+".new", "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Prune(2); err == nil || n != 0 || errors.Is(err, ErrBroken) {
		t.Errorf("forgot %d votes: %v", n, err)
	}
	record(t, l, epochVote(2, 2, 0, wire.Valid))
	if l.Len() != 2 {
		t.Errorf("%d votes, want 2", l.Len())
	}
}

func TestClosedLogIsNotPruned(t *testing.T) {
	l := open1(t, filepath.Join(t.TempDir(), "log"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Prune(1); !errors.Is(err, ErrBroken) {
		t.Error(err)
	}
}

// TestPruningKeepsEveryPromise records, prunes and restarts at random: of what is remembered nothing is ever
// contradicted, and what is forgotten is not voted on.
func TestPruningKeepsEveryPromise(t *testing.T) {
	dir := t.TempDir()
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		path := filepath.Join(dir, fmt.Sprint(run))
		l := open1(t, path)
		defer func() { l.Close() }()
		promised := map[wire.Slot]wire.Verdict{}
		floor := uint64(0)
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			switch rapid.IntRange(0, 5).Draw(r, "what") {
			case 0:
				floor = max(floor, rapid.Uint64Range(0, 6).Draw(r, "floor"))
				if _, err := l.Prune(floor); err != nil {
					r.Fatal(err)
				}
			case 1:
				if err := l.Close(); err != nil {
					r.Fatal(err)
				}
				l = open1(t, path)
				if _, err := l.Prune(floor); err != nil { // as whoever opens a log does
					r.Fatal(err)
				}
			default:
				v := epochVote(rapid.Uint64Range(0, 6).Draw(r, "epoch"), rapid.Byte().Draw(r, "job")%4, rapid.Uint32Range(0, 9).Draw(r, "round"),
					rapid.SampledFrom([]wire.Verdict{wire.Valid, wire.Invalid, wire.Unavailable}).Draw(r, "verdict"))
				if l.Record(v) != nil {
					continue
				}
				if v.Slot.VoteEpoch < floor {
					r.Fatalf("voted on epoch %d, forgotten are those below %d", v.Slot.VoteEpoch, floor)
				}
				if before, ok := promised[v.Slot]; ok && v.Verdict.Decisive() && before != v.Verdict {
					r.Fatalf("%s after %s", v.Verdict, before)
				}
				if v.Verdict.Decisive() {
					promised[v.Slot] = v.Verdict
				}
			}
		}
	})
}
